/*
 * reeve-sweeper: kills what is left of runs, cleans up after them, and stores
 * evidence on what is about to be killed and where the cores of crashed runs
 * lie, because all of that can take long and the supervisor never waits.
 */
#include "config.h"

#include "supervisor/sweep.h"

#include "base/clock.h"
#include "supervisor/autopsy.h"
#include "supervisor/controller.h"
#include "supervisor/helper.h"
#include "supervisor/inquiry.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t pause_min_ns = INT64_C(500) * 1000;
static const int64_t pause_max_ns = INT64_C(500) * 1000 * 1000;

/* ---- what was killed ---- */

static struct victim *find_victim(const struct sweep *sweep,
				  const struct stray *process)
{
	for (size_t i = 0; i < sweep->victim_count; i++)
		if (sweep->victims[i].pid == process->pid &&
		    sweep->victims[i].start_ticks == process->start_ticks)
			return &sweep->victims[i];
	return NULL;
}

/* "name(pid), name(pid), …" */
static void append_name(char *text, size_t size, const struct stray *process)
{
	static const char more[] = ", …";
	char word[STRAY_NAME_SIZE + 16];
	size_t used = strlen(text);
	int length =
		snprintf(word, sizeof(word), "%s%s(%d)", used > 0 ? ", " : "",
			 process->name, (int)process->pid);

	if (used >= sizeof(more) &&
	    strcmp(text + used - (sizeof(more) - 1), more) == 0)
		return;
	if (used + (size_t)length + sizeof(more) > size)
		memcpy(text + used, more, sizeof(more));
	else
		memcpy(text + used, word, (size_t)length + 1);
}

/* Returns whether it was not noted before. When memory is short it is not
 * remembered, and may be counted twice. */
static bool note(struct sweep *sweep, const struct stray *process, bool spared)
{
	struct victim *victims = sweep->victims;

	if (find_victim(sweep, process) != NULL)
		return false;
	victims =
		realloc(victims, (sweep->victim_count + 1) * sizeof(*victims));
	if (victims == NULL)
		return true;
	sweep->victims = victims;
	victims[sweep->victim_count++] = (struct victim){
		.pid = process->pid,
		.start_ticks = process->start_ticks,
		.spared = spared,
	};
	return true;
}

void sweep_note(struct sweep *sweep, const struct stray *process)
{
	if (!stray_is_alive(process) || !note(sweep, process, false))
		return;
	sweep->killed++;
	append_name(sweep->text, sizeof(sweep->text), process);
}

void sweep_kill(struct sweep *sweep, const struct stray *process)
{
	if (stray_signal(process, SIGKILL) == 0)
		sweep_note(sweep, process);
	else
		note(sweep, process, true);
}

bool sweep_spares(const struct sweep *sweep, const struct stray *process)
{
	const struct victim *victim = find_victim(sweep, process);

	return victim != NULL && victim->spared;
}

/* ---- requests ---- */

/* The supervisor repeats what was not answered, so the same run may come
 * again; what is new then is that its main process has to go too. */
static void add_sweep(struct sweeper *sweeper, const struct message *request)
{
	struct sweep *sweep = sweeper->sweeps;

	while (sweep != NULL && sweep->run != request->run)
		sweep = sweep->next;
	if (sweep == NULL) {
		sweep = calloc(1, sizeof(*sweep));
		assert(sweep != NULL);
		sweep->run = request->run;
		memcpy(sweep->pool, request->pool, sizeof(sweep->pool));
		sweep->index = request->index;
		sweep->next = sweeper->sweeps;
		sweeper->sweeps = sweep;
		memcpy(sweep->cgroup, request->cgroup, sizeof(sweep->cgroup));
	}
	if (request->pid > 1)
		sweep->pid = (pid_t)request->pid;
	sweep->pause_ns = pause_min_ns;
	sweep->look_at_ns = 0;
}

static void drop(struct sweep *sweep)
{
	free(sweep->victims);
	free(sweep);
}

/* With a cgroup, the main process was born in it, but may have left it. */
static bool main_is_alive(const struct sweeper *sweeper,
			  const struct sweep *sweep, struct stray *process)
{
	return sweep->pid > 1 && stray_read(sweep->pid, process) == 0 &&
	       stray_is_alive(process) &&
	       process->parent == sweeper->supervisor &&
	       !sweep_spares(sweep, process) &&
	       stray_find_run(sweep->pid, sweeper->runtime) == sweep->run;
}

static void look_at_cgroup(const struct sweeper *sweeper, struct sweep *sweep)
{
	struct stray process;

	sweep_cgroup(sweeper, sweep);
	if (!sweep->cgroup_done || sweep->done || sweep->run == 0)
		return;
	if (main_is_alive(sweeper, sweep, &process)) {
		sweep->cgroup_done = false;
		sweep_kill(sweep, &process);
	} else {
		sweep->done = true;
	}
}

static void look(const struct sweeper *sweeper)
{
	int64_t now_ns = clock_monotonic_ns();
	bool search = false;

	for (struct sweep *sweep = sweeper->sweeps; sweep != NULL;
	     sweep = sweep->next) {
		if (sweep->done || sweep->look_at_ns > now_ns)
			continue;
		if (sweep->cgroup[0] != '\0' && !sweep->cgroup_done)
			look_at_cgroup(sweeper, sweep);
		search = search || (!sweep->done &&
				    (sweep->cgroup_done || !sweep->cgroup[0]));
	}
	if (search)
		sweep_search(sweeper, now_ns);
	for (struct sweep *sweep = sweeper->sweeps; sweep != NULL;
	     sweep = sweep->next) {
		if (sweep->done || sweep->look_at_ns > now_ns)
			continue;
		sweep->look_at_ns = clock_monotonic_ns() + sweep->pause_ns;
		sweep->pause_ns *= 2;
		if (sweep->pause_ns > pause_max_ns)
			sweep->pause_ns = pause_max_ns;
	}
}

/* Returns whether the supervisor has taken it. */
static bool answer(int socket, const struct sweep *sweep)
{
	struct message message = {
		.kind = MESSAGE_SWEPT,
		.run = sweep->run,
		.index = sweep->index,
		.count = sweep->killed,
	};

	memcpy(message.pool, sweep->pool, sizeof(message.pool));
	memcpy(message.text, sweep->text, sizeof(message.text));
	return message_send(socket, &message) == 0;
}

/* Answers what is done. Returns whether the socket is full. */
static bool answer_all(struct sweeper *sweeper, int socket)
{
	struct sweep **link = &sweeper->sweeps;

	while (*link != NULL) {
		struct sweep *sweep = *link;

		if (!sweep->done) {
			link = &sweep->next;
			continue;
		}
		if (sweep->run == 0)
			controllers_remove(sweeper->instance, sweeper->runtime);
		if (!answer(socket, sweep))
			return true;
		*link = sweep->next;
		drop(sweep);
	}
	return false;
}

/* Milliseconds until a sweep is to be looked at; -1: none is. */
static int find_pause_ms(const struct sweeper *sweeper)
{
	int64_t next_ns = INT64_MAX, pause_ns;

	for (const struct sweep *sweep = sweeper->sweeps; sweep != NULL;
	     sweep = sweep->next)
		if (!sweep->done && sweep->look_at_ns < next_ns)
			next_ns = sweep->look_at_ns;
	if (next_ns == INT64_MAX)
		return -1;
	pause_ns = next_ns - clock_monotonic_ns();
	return pause_ns <= 0 ? 0 : (int)(pause_ns / 1000000) + 1;
}

/* Moves a run. That the supervisor is slow to read the answer is waited for: it
 * never waits for us. */
static void place(const struct sweeper *sweeper, int socket,
		  const struct message *request)
{
	struct pollfd room = {.fd = socket, .events = POLLOUT};
	struct message answer;

	sweep_place(sweeper, request, &answer);
	while (message_send(socket, &answer) < 0 &&
	       (errno == EAGAIN || errno == ENOBUFS))
		poll(&room, 1, -1);
}

/* What goes on beside the sweeps, each in children of its own. */
struct examinations {
	struct findings findings;
	struct inquiries inquiries;
	struct autopsies autopsies;
};

/* Takes all that the supervisor asks for. Returns false when it is gone. */
static bool receive_all(struct sweeper *sweeper,
			struct examinations *examinations, int socket,
			bool *finish)
{
	struct message message;

	for (;;) {
		int got = message_receive(socket, &message);

		if (got == 0)
			return false;
		if (got < 0 && errno == EBADMSG)
			continue;
		if (got < 0)
			return errno == EAGAIN;
		if (message.kind == MESSAGE_SWEEP)
			add_sweep(sweeper, &message);
		else if (message.kind == MESSAGE_PLACE)
			place(sweeper, socket, &message);
		else if (message.kind == MESSAGE_EVIDENCE)
			inquiries_add(&examinations->inquiries, &message);
		else if (message.kind == MESSAGE_CORE)
			autopsies_add(&examinations->autopsies, &message);
		else if (message.kind == MESSAGE_PREPARE)
			cgroup_make_ahead(message.cgroup, message.pool,
					  message.count);
		else if (message.kind == MESSAGE_FINISH)
			*finish = true;
	}
}

static void run(struct sweeper *sweeper, struct examinations *examinations,
		int socket)
{
	struct inquiries *inquiries = &examinations->inquiries;
	struct autopsies *autopsies = &examinations->autopsies;
	bool finish = false, full = false;

	while (!finish || sweeper->sweeps != NULL || inquiries->first != NULL ||
	       autopsies_are_urgent(autopsies)) {
		struct pollfd wait[1 + INQUIRIES_AT_ONCE + AUTOPSIES_MAX] = {{
			.fd = socket,
			.events = full ? POLLIN | POLLOUT : POLLIN,
		}};
		int pause_ms = find_pause_ms(sweeper);
		size_t count = inquiries_wait(inquiries, wait + 1, &pause_ms);

		count += autopsies_wait(autopsies, wait + 1 + count, &pause_ms);
		poll(wait, 1 + count, pause_ms);
		if (!receive_all(sweeper, examinations, socket, &finish))
			return;
		/* First of all: what a sweep kills cannot be asked any more. */
		inquiries_go_on(inquiries);
		look(sweeper);
		full = answer_all(sweeper, socket);
		autopsies_go_on(autopsies);
	}
}

int main(int argc, char **argv)
{
	struct helper helper;
	struct sweeper sweeper = {.supervisor = getppid()};
	struct examinations examinations = {.findings.helper = &helper};
	struct error error;

	if (helper_init(&helper, "sweeper", argc, argv, &error) < 0) {
		fprintf(stderr, "reeve-sweeper: %s\n", error.text);
		return 1;
	}
	sweeper.instance = helper.instance;
	sweeper.runtime = helper.runtime;
	examinations.inquiries.findings = &examinations.findings;
	examinations.autopsies.findings = &examinations.findings;
	run(&sweeper, &examinations, helper.socket);
	inquiries_close(&examinations.inquiries);
	autopsies_close(&examinations.autopsies);
	findings_close(&examinations.findings);
	/* The supervisor is gone: nobody asks for these any more. */
	while (sweeper.sweeps != NULL) {
		struct sweep *next = sweeper.sweeps->next;

		drop(sweeper.sweeps);
		sweeper.sweeps = next;
	}
	return 0;
}
