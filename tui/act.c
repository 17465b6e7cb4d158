#include "config.h"

#include "tui/act.h"

#include <stdio.h>
#include <string.h>

#include "tui/dashboard.h"

enum redo act_open(struct dashboard *dashboard)
{
	struct view *top = dashboard_top(dashboard);
	struct target target;

	if (dashboard->options.read_only) {
		dashboard_say(dashboard, ROLE_WARN,
			      "cannot act: the dashboard was started with "
			      "--read-only");
		return REDO_DRAW;
	}
	if (!dashboard->alive) {
		dashboard_say(dashboard, ROLE_BAD,
			      "cannot act: the supervisor is gone");
		return REDO_DRAW;
	}
	if (top->screen == &screen_plan && dashboard->plan) {
		target = (struct target){.kind = TARGET_NONE};
		prompt_open(&dashboard->prompt, &target);
		prompt_confirm(&dashboard->prompt, ACT_RELOAD, "reload");
		return REDO_DRAW;
	}
	if (!top->screen->target || !top->screen->target(top, &target))
		target = (struct target){.kind = TARGET_NONE};
	prompt_open(&dashboard->prompt, &target);
	return REDO_DRAW;
}

/* Appends the request for one pool or worker. */
static void ask(struct dashboard *dashboard, enum target_kind kind,
		const char *name)
{
	const struct prompt *prompt = &dashboard->prompt;
	struct request request = {.tag = (int)prompt->act};

	snprintf(request.path, sizeof(request.path), "/v1/%s/%s/%s%s",
		 kind == TARGET_POOL ? "pools" : "workers", name,
		 act_path(prompt->act), prompt->argument);
	snprintf(request.words, sizeof(request.words), "%s%s%s of %s",
		 act_verb(prompt->act), prompt->argument[0] ? " " : "",
		 prompt->argument, name);
	requests_add(&dashboard->requests, &request);
}

/* First the plan; when that was confirmed, the reload itself. */
static void ask_reload(struct dashboard *dashboard, bool confirmed)
{
	struct request request = {.tag = ACT_RELOAD, .patient = true};

	snprintf(request.path, sizeof(request.path), "/v1/reload%s",
		 confirmed ? "" : "?dry_run=1&wait=1");
	snprintf(request.words, sizeof(request.words), "%s",
		 confirmed ? "reload" : "plan of a reload");
	requests_add(&dashboard->requests, &request);
	if (!confirmed)
		dashboard_say(dashboard, ROLE_PLAIN,
			      "reading the config for a plan ...");
}

void act_do(struct dashboard *dashboard)
{
	const struct prompt *prompt = &dashboard->prompt;
	const struct target *target = &prompt->target;

	if (prompt->act == ACT_RELOAD)
		ask_reload(dashboard, prompt->word[0] != '\0');
	else if (target->kind != TARGET_TAGS)
		ask(dashboard, target->kind, target->name);
	for (unsigned i = 0; target->names && i < target->workers; i++)
		if (prompt->act != ACT_RELOAD)
			ask(dashboard, TARGET_WORKER, target->names[i]);
	dashboard_go_on(dashboard);
}

void act_check_target(struct dashboard *dashboard)
{
	struct prompt *prompt = &dashboard->prompt;
	const struct target *target = &prompt->target;
	const struct model_worker *worker;

	if (prompt->stage == PROMPT_CLOSED || prompt->stage == PROMPT_TEXT ||
	    target->kind != TARGET_WORKER)
		return;
	worker = model_find_worker(&dashboard->model, target->name);
	if (worker && worker->life->run == target->run)
		return;
	prompt->stage = PROMPT_CLOSED;
	dashboard_say(dashboard, ROLE_WARN,
		      "nothing was done: that run of %s has ended meanwhile",
		      target->name);
}

/* Tells how a request went. */
static void answered(void *context, const struct request *request,
		     const json_t *answer, const struct error *error)
{
	struct dashboard *dashboard = context;
	json_t *plan = json_object_get(answer, "plan");

	if (!answer) {
		dashboard_say(dashboard, ROLE_BAD, "%s", error->text);
	} else if (plan) {
		json_decref(dashboard->plan);
		dashboard->plan = json_incref(plan);
		dashboard->notice[0] = '\0';
		dashboard_open(dashboard, &screen_plan, "");
	} else {
		dashboard_say(dashboard, ROLE_OK, "%s is under way",
			      request->words);
	}
}

enum redo dashboard_go_on(struct dashboard *dashboard)
{
	requests_go_on(&dashboard->requests, answered, dashboard);
	return REDO_DRAW;
}
