#include "config.h"

#include "supervisor/reloading.h"

#include "base/programs.h"
#include "supervisor/applying.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/loading.h"
#include "supervisor/loop.h"
#include "supervisor/mini-init.h"
#include "supervisor/operations.h"
#include "supervisor/plan.h"
#include "supervisor/publish.h"

#include <stdlib.h>
#include <string.h>

struct reloading {
	struct instance *instance;
	char loader[PROGRAM_PATH_SIZE]; /* found once, at the start */
	struct loading *loading; /* NULL: none is under way */
	struct operation *waiting; /* NULL: nobody waits */
	struct asker asker; /* who wants the one that is under way */
	bool dry_run;
	bool again; /* SIGHUP came meanwhile … */
	struct asker next_asker; /* … from this one */
};

struct reloading *reloading_open(struct instance *instance, struct error *error)
{
	struct reloading *reloading = calloc(1, sizeof(*reloading));

	if (!reloading) {
		error_set(error, "cannot start: out of memory");
		return NULL;
	}
	reloading->instance = instance;
	if (programs_find(reloading->loader, "reeve-loader", error) < 0) {
		free(reloading);
		return NULL;
	}
	return reloading;
}

void reloading_close(struct reloading *reloading)
{
	if (!reloading)
		return;
	loading_cancel(reloading->loading);
	free(reloading);
}

/* ---- the loader has answered ---- */

void instance_report_config(struct instance *instance,
			    const struct asker *asker)
{
	const char *text = instance->configuration->text;
	struct event_record event = {
		.kind = EVENT_CONFIG_LOADED,
		.config = instance->config_number,
		.text = {text, strlen(text)},
	};

	if (asker)
		asker_tell(asker, &event);
	publish_event(instance, &event);
}

static void refuse(struct instance *instance, struct operation *operation,
		   const char *messages)
{
	struct event_record event = {
		.kind = EVENT_CONFIG_REFUSED,
		.text = {messages, strlen(messages)},
	};

	asker_tell(&instance->reloading->asker, &event);
	publish_event(instance, &event);
	if (operation)
		operation_end(operation, OPERATION_FAILED, messages);
}

/* The plan of what the new config changes; NULL when memory is short. The
 * caller frees it. */
static char *make_plan(const struct instance *instance,
		       const struct configuration *configuration)
{
	const struct pool_config **sections =
		calloc(instance->pool_count, sizeof(*sections));
	size_t count = 0;
	char *text;

	if (!sections)
		return NULL;
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		if (!instance->pools[i]->gone)
			sections[count++] = instance->pools[i]->config;
	text = plan_text(sections, count, configuration);
	free(sections);
	return text;
}

static void put_in_force(struct instance *instance,
			 struct configuration *configuration,
			 struct operation *operation)
{
	char *plan = make_plan(instance, configuration);
	struct error error;

	if (operation && plan)
		operation_set_text(operation, plan);
	free(plan);
	if (applying_do(instance, configuration, operation,
			&instance->reloading->asker, &error) < 0) {
		configuration_free(configuration);
		refuse(instance, operation, error.text);
		return;
	}
	instance_report_config(instance, &instance->reloading->asker);
	helpers_tell_retention(instance);
	loop_take_signals(instance);
	loop_start_workers(instance);
	loop_collect(instance);
	if (operation)
		operation_settle(operation);
	mini_init_look(instance);
}

/* Whether the config can be put in force now; else why not. */
static bool is_fit(const struct instance *instance,
		   const struct configuration *configuration,
		   struct error *error)
{
	if (instance->phase <= PHASE_RUNNING)
		return plan_check(instance->configuration, configuration,
				  error) == 0;
	error_set(error, "cannot reload: the instance is stopping");
	return false;
}

static void take(struct reloading *reloading,
		 struct configuration *configuration, const char *messages,
		 struct operation *operation)
{
	struct instance *instance = reloading->instance;
	struct error error;
	char *plan;

	if (!configuration) {
		refuse(instance, operation, messages);
	} else if (!is_fit(instance, configuration, &error)) {
		configuration_free(configuration);
		refuse(instance, operation, error.text);
	} else if (reloading->dry_run) {
		plan = make_plan(instance, configuration);
		operation_end(operation, OPERATION_DONE, plan);
		free(plan);
		configuration_free(configuration);
	} else {
		put_in_force(instance, configuration, operation);
	}
}

static void on_loaded(struct configuration *configuration, const char *messages,
		      void *context)
{
	struct reloading *reloading = context;
	struct operation *operation = reloading->waiting;
	bool again = reloading->again;

	reloading->loading = NULL;
	reloading->waiting = NULL;
	reloading->again = false;
	take(reloading, configuration, messages, operation);
	if (again)
		reloading_begin(reloading->instance, NULL, false,
				&reloading->next_asker);
}

void reloading_begin(struct instance *instance, struct operation *operation,
		     bool dry_run, const struct asker *asker)
{
	struct reloading *reloading = instance->reloading;
	struct error error;

	if (reloading->loading && !operation) {
		/* The file may have changed since it was read. */
		reloading->again = true;
		reloading->next_asker = *asker;
		return;
	}
	if (reloading->loading) {
		operation_end(operation, OPERATION_FAILED,
			      "cannot reload: another reload is under way");
		return;
	}
	reloading->asker = *asker;
	reloading->dry_run = dry_run;
	reloading->waiting = operation;
	reloading->loading = loading_begin(instance->base, reloading->loader,
					   instance->configuration->file,
					   on_loaded, reloading, &error);
	if (!reloading->loading) {
		reloading->waiting = NULL;
		refuse(instance, operation, error.text);
	}
}
