#include "config.h"

#include "supervisor/environment.h"

#include "supervisor/instance.h"
#include "supervisor/pool.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What reeve itself adds: REEVE_INSTANCE, _POOL, _INDEX, _WORKER, _RUN,
 * _RUNTIME_DIR. Helpers get none of them: they belong to no run. */
enum { OWN_VARIABLES = 6, OWN_VARIABLE_SIZE = 640 };

/* NOTIFY_SOCKET, WATCHDOG_USEC, _PID, LISTEN_FDS, _PID, _FDNAMES. */
enum { OFFERED_VARIABLES = 6 };

struct environment {
	const char *instance;
	const char *runtime;
	char **inherited;
	size_t inherited_count;
	/* The buffer: text of what has braces, and pointers. */
	char *text;
	size_t text_size;
	char **pointers;
	size_t pointer_count;
};

/* What braces stand for. */
struct values {
	const char *name;
	const char *value;
};
enum { VALUE_COUNT = 4 };

static bool is_inherited(const char *variable)
{
	static const char *const own[] = {"NOTIFY_SOCKET=", "LISTEN_",
					  "WATCHDOG_", "REEVE_"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(variable, own[i], strlen(own[i])) == 0)
			return false;
	return strchr(variable, '=') != NULL;
}

struct environment *environment_open(const char *instance, const char *runtime)
{
	struct environment *environment = calloc(1, sizeof(*environment));
	size_t count = 0;

	if (!environment)
		return NULL;
	while (environ[count])
		count++;
	environment->instance = instance;
	environment->runtime = runtime;
	environment->inherited = calloc(count + 1, sizeof(char *));
	if (!environment->inherited) {
		free(environment);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (is_inherited(environ[i]))
			environment->inherited[environment->inherited_count++] =
				environ[i];
	return environment;
}

void environment_close(struct environment *environment)
{
	if (!environment)
		return;
	free(environment->inherited);
	free(environment->text);
	free(environment->pointers);
	free(environment);
}

/* ---- of a pool ---- */

static bool is_overridden(const struct text_list *list, const char *variable)
{
	size_t name = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i], variable, name) == 0)
			return true;
	return false;
}

/* The most bytes that filling in the braces of `list` can take. */
static size_t expanded_size(const struct text_list *list)
{
	size_t size = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->items[i];

		size += strlen(item) + 1;
		for (const char *at = item; (at = strchr(at, '{')); at++)
			size += WORKER_NAME_SIZE;
	}
	return size;
}

/* Makes `*size` and `*words` enough for a command too. */
static void count_command(const struct text_list *command, size_t *size,
			  size_t *words)
{
	size_t needed = expanded_size(command);

	if (needed > *size)
		*size = needed;
	if (command->count > *words)
		*words = command->count;
}

/* What the longest command of a pool takes, checks and hooks too. */
static void count_commands(const struct pool_config *config, size_t *size,
			   size_t *words)
{
	*size = 0;
	*words = 0;
	count_command(&config->command, size, words);
	count_command(&config->ready.probe.exec, size, words);
	count_command(&config->alive.probe.exec, size, words);
	count_command(&config->scaling.by, size, words);
	for (size_t i = 0; i < HOOK_COUNT; i++)
		count_command(&config->hooks.commands[i], size, words);
}

static int reserve(struct environment *environment, size_t text_size,
		   size_t pointer_count)
{
	if (text_size > environment->text_size) {
		char *text = realloc(environment->text, text_size);

		if (!text)
			return -1;
		environment->text = text;
		environment->text_size = text_size;
	}
	if (pointer_count > environment->pointer_count) {
		char **pointers = realloc(environment->pointers,
					  pointer_count * sizeof(*pointers));

		if (!pointers)
			return -1;
		environment->pointers = pointers;
		environment->pointer_count = pointer_count;
	}
	return 0;
}

char **environment_of_pool(struct environment *environment,
			   const struct pool_config *config)
{
	const struct text_list *own = &config->environment;
	size_t room = environment->inherited_count + own->count + 1;
	char **result;
	size_t count = 0, size, words;

	count_commands(config, &size, &words);
	if (reserve(environment,
		    size + expanded_size(own) +
			    (size_t)(OWN_VARIABLES + OFFERED_VARIABLES) *
				    OWN_VARIABLE_SIZE +
			    LISTEN_NAMES_SIZE,
		    words + room + OWN_VARIABLES + OFFERED_VARIABLES + 2) < 0)
		return NULL;
	result = calloc(room, sizeof(*result));
	if (!result)
		return NULL;
	for (size_t i = 0; i < environment->inherited_count; i++)
		if (!is_overridden(own, environment->inherited[i]))
			result[count++] = environment->inherited[i];
	for (size_t i = 0; i < own->count; i++)
		result[count++] = own->items[i];
	return result;
}

/* ---- of a run ---- */

/* The buffer while it is filled. */
struct filler {
	char *at;
	char *end;
	bool full; /* it was too small */
	struct values values[VALUE_COUNT];
};

static void append(struct filler *filler, const char *text, size_t length)
{
	if ((size_t)(filler->end - filler->at) <= length) {
		filler->full = true;
		return;
	}
	memcpy(filler->at, text, length);
	filler->at += length;
	*filler->at = '\0';
}

/* Appends what the brace at `at` stands for; returns how long the brace is, or
 * 0 when it stands for nothing. */
static size_t append_value(struct filler *filler, const char *at)
{
	for (size_t i = 0; i < VALUE_COUNT; i++) {
		size_t length = strlen(filler->values[i].name);

		if (strncmp(at, filler->values[i].name, length) != 0)
			continue;
		append(filler, filler->values[i].value,
		       strlen(filler->values[i].value));
		return length;
	}
	return 0;
}

/* Appends a text with its braces filled in. */
static void fill(struct filler *filler, const char *text)
{
	const char *at = text;
	const char *brace;

	while ((brace = strchr(at, '{'))) {
		size_t length;

		append(filler, at, (size_t)(brace - at));
		length = append_value(filler, brace);
		if (length == 0)
			append(filler, brace, 1);
		at = brace + (length ? length : 1);
	}
	append(filler, at, strlen(at));
}

/* The text with its braces filled in: itself, where there are none. */
static char *fill_in(struct filler *filler, char *text)
{
	char *start = filler->at;

	if (!strchr(text, '{'))
		return text;
	fill(filler, text);
	filler->at++;
	return start;
}

static char *own_variable(struct filler *filler, const char *name,
			  const char *value)
{
	char *start = filler->at;

	append(filler, name, strlen(name));
	append(filler, "=", 1);
	append(filler, value, strlen(value));
	filler->at++;
	return start;
}

static size_t add_own(const struct environment *environment,
		      struct filler *filler, uint64_t run, char **pointers)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, run);
	pointers[0] =
		own_variable(filler, "REEVE_INSTANCE", environment->instance);
	pointers[1] =
		own_variable(filler, "REEVE_POOL", filler->values[1].value);
	pointers[2] =
		own_variable(filler, "REEVE_INDEX", filler->values[0].value);
	pointers[3] =
		own_variable(filler, "REEVE_WORKER", filler->values[2].value);
	pointers[4] = own_variable(filler, "REEVE_RUN", number);
	pointers[5] =
		own_variable(filler, "REEVE_RUNTIME_DIR", environment->runtime);
	return OWN_VARIABLES;
}

static char *number_variable(struct filler *filler, const char *name,
			     int64_t value)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRId64, value);
	return own_variable(filler, name, number);
}

/* A variable for the pid of the run, which only the child knows. */
static char *pid_variable(struct filler *filler, const char *name,
			  struct run_arguments *arguments)
{
	char *variable = own_variable(filler, name, "");

	arguments->pid_places[arguments->pid_place_count++] = filler->at - 1;
	assert(filler->end - filler->at > SPAWN_PID_SIZE);
	filler->at += SPAWN_PID_SIZE;
	return variable;
}

/* As in sd_notify(3), sd_watchdog_enabled(3) and sd_listen_fds(3). */
static char **add_offered(const struct run_offer *offer, struct filler *filler,
			  struct run_arguments *arguments, char **next)
{
	if (offer->notify_socket)
		*next++ = own_variable(filler, "NOTIFY_SOCKET",
				       offer->notify_socket);
	if (offer->watchdog_us > 0) {
		*next++ = number_variable(filler, "WATCHDOG_USEC",
					  offer->watchdog_us);
		*next++ = pid_variable(filler, "WATCHDOG_PID", arguments);
	}
	if (offer->listen_fds > 0) {
		*next++ = number_variable(filler, "LISTEN_FDS",
					  (int64_t)offer->listen_fds);
		*next++ = pid_variable(filler, "LISTEN_PID", arguments);
		*next++ = own_variable(filler, "LISTEN_FDNAMES",
				       offer->listen_names);
	}
	return next;
}

static struct run_arguments make(struct environment *environment,
				 const struct worker *worker,
				 const struct text_list *command, uint64_t run,
				 const struct run_offer *offer)
{
	const struct pool *pool = worker->pool;
	char index[12], name[WORKER_NAME_SIZE];
	struct filler filler = {
		.at = environment->text,
		.end = environment->text + environment->text_size,
		.values = {{"{index}", index},
			   {"{pool}", pool->config->name},
			   {"{worker}", name},
			   {"{instance}", environment->instance}},
	};
	char **next = environment->pointers;
	struct run_arguments result = {.argv = next};

	snprintf(index, sizeof(index), "%" PRIu32, worker->index);
	worker_name(worker, name);
	for (size_t i = 0; i < command->count; i++)
		*next++ = fill_in(&filler, command->items[i]);
	*next++ = NULL;
	result.envp = next;
	for (char **variable = pool->environment; *variable; variable++)
		*next++ = *variable;
	/* The last ones are of the config; only they have braces to fill. */
	for (size_t i = 0; i < pool->config->environment.count; i++) {
		char **variable = next - 1 - i;

		assert(*variable);
		*variable = fill_in(&filler, *variable);
	}
	if (!pool->hidden)
		next += add_own(environment, &filler, run, next);
	if (offer)
		next = add_offered(offer, &filler, &result, next);
	*next = NULL;
	assert(!filler.full && (size_t)(next - environment->pointers) <
				       environment->pointer_count);
	return result;
}

struct run_arguments environment_make(struct environment *environment,
				      const struct worker *worker, uint64_t run,
				      const struct run_offer *offer)
{
	return make(environment, worker, &worker->pool->config->command, run,
		    offer);
}

struct run_arguments environment_make_command(struct environment *environment,
					      const struct worker *worker,
					      const struct text_list *command,
					      uint64_t run)
{
	return make(environment, worker, command, run, NULL);
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
int environment_fill(const struct worker *worker, const char *text, char *out,
		     size_t size)
{
	char index[12], name[WORKER_NAME_SIZE];
	struct filler filler = {
		.at = out,
		.end = out + size,
		.values = {{"{index}", index},
			   {"{pool}", worker->pool->config->name},
			   {"{worker}", name},
			   {"{instance}", worker->pool->instance->name}},
	};

	snprintf(index, sizeof(index), "%" PRIu32, worker->index);
	worker_name(worker, name);
	fill(&filler, text);
	return filler.full ? -1 : 0;
}
