#include "config.h"

#include "supervisor/health-state.h"

#include "base/duration.h"
#include "supervisor/environment.h"
#include "supervisor/instance.h"
#include "supervisor/probe.h"
#include "supervisor/publish.h"
#include "supervisor/task.h"

#include <stdio.h>
#include <string.h>

const struct probe_config *health_probes_of(const struct health *health)
{
	const struct pool_config *config = health->worker->pool->config;

	return health->phase == PHASE_ASKING ? &config->ready.probe
					     : &config->alive.probe;
}

static void note_answer(struct health *health, enum kind kind,
			const char *wrong)
{
	const struct alive_config *alive = &health->worker->pool->config->alive;
	struct check *check = &health->checks[kind];

	check_note(check, !wrong, alive->failures, alive->successes);
	if (wrong && check->failed > 1)
		snprintf(health->wrong, sizeof(health->wrong),
			 "%s: %s, %u times", health_names[kind], wrong,
			 check->failed);
	else if (wrong)
		snprintf(health->wrong, sizeof(health->wrong), "%s: %s",
			 health_names[kind], wrong);
	health_act(health);
}

void health_plan(struct health *health, struct asking *asking)
{
	const struct probe_config *config = health_probes_of(health);
	int64_t now_ns = health->worker->kernel->now_ns();

	if (health->phase == PHASE_ALIVE) {
		asking->due_ns =
			check_next(asking->due_ns, config->interval_ns, now_ns);
		return;
	}
	asking->due_ns = now_ns + asking->pause_ns;
	asking->pause_ns *= 2;
	if (asking->pause_ns > config->interval_ns)
		asking->pause_ns = config->interval_ns;
}

/* Keeps what is wrong with a starting run, and shows it when it is news. */
static void note_missing(struct asking *asking, const char *wrong)
{
	char former[WRONG_SIZE];

	memcpy(former, asking->wrong, sizeof(former));
	snprintf(asking->wrong, sizeof(asking->wrong), "%s", wrong);
	if (strcmp(former, asking->wrong) != 0)
		publish_worker(asking->health->worker);
}

static void answered(struct asking *asking, const char *wrong)
{
	struct health *health = asking->health;
	enum kind kind = (enum kind)(asking - health->asking);

	asking->probe = NULL;
	asking->task = NULL;
	health_plan(health, asking);
	if (health->phase == PHASE_ASKING && wrong)
		note_missing(asking, wrong);
	else if (health->phase == PHASE_ASKING)
		asking->due_ns = 0;
	health_set_timer(health);
	if (health->phase == PHASE_ALIVE)
		note_answer(health, kind, wrong);
	else if (!wrong)
		health_pass(health, kind);
}

static void on_probe_done(const char *wrong, void *context)
{
	answered(context, wrong);
}

/* What an exec check that failed said last, in one line. */
static void append_output(const struct task_result *result, char *text,
			  size_t size)
{
	size_t used = strlen(text);
	const char *end = result->output + result->output_size;
	const char *start;

	while (end > result->output && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	for (start = end; start > result->output && start[-1] != '\n';)
		start--;
	if (end > start)
		snprintf(text + used, size - used, " (%.*s)",
			 (int)(end - start > 60 ? 60 : end - start), start);
}

static void on_task_done(const struct task_result *result, void *context)
{
	struct asking *asking = context;
	const struct probe_config *config = health_probes_of(asking->health);
	char wrong[WRONG_SIZE / 2 + 40], timeout[DURATION_TEXT_SIZE];

	if (result->short_of) {
		asking->task = NULL;
		health_plan(asking->health, asking);
		health_set_timer(asking->health);
		return;
	}
	if (result->started && !result->timed_out && result->code == 0) {
		answered(asking, NULL);
		return;
	}
	duration_format(config->timeout_ns, timeout);
	if (!result->started)
		snprintf(wrong, sizeof(wrong), "%.90s", result->failure);
	else if (result->timed_out)
		snprintf(wrong, sizeof(wrong), "not done in %s", timeout);
	else if (result->signal)
		snprintf(wrong, sizeof(wrong), "signal %d", result->signal);
	else
		snprintf(wrong, sizeof(wrong), "exit code %d", result->code);
	if (result->started)
		append_output(result, wrong, sizeof(wrong));
	answered(asking, wrong);
}

static struct task *start_exec(struct asking *asking)
{
	struct worker *worker = asking->health->worker;
	const struct pool_config *config = worker->pool->config;
	const struct probe_config *probe = health_probes_of(asking->health);
	struct run_arguments arguments = environment_make_command(
		worker->pool->instance->environment, worker, &probe->exec,
		worker->run.number);
	struct task_request request = {
		.argv = arguments.argv,
		.envp = arguments.envp,
		.directory = config->directory,
		.as = worker,
		.timeout_ns = probe->timeout_ns,
		.done = on_task_done,
		.context = asking,
	};

	return task_start(worker->pool->instance, &request);
}

void health_ask(struct asking *asking)
{
	struct health *health = asking->health;
	enum kind kind = (enum kind)(asking - health->asking);

	if (kind == KIND_EXEC)
		asking->task = start_exec(asking);
	else
		asking->probe =
			probe_start(health->worker, health_probes_of(health),
				    kind == KIND_HTTP, on_probe_done, asking);
	/* It says nothing when reeve itself could not ask. */
	if (!asking->probe && !asking->task)
		health_plan(health, asking);
}

void health_abandon(struct asking *asking)
{
	probe_cancel(asking->probe);
	if (asking->task)
		task_cancel(asking->task);
	asking->probe = NULL;
	asking->task = NULL;
}
