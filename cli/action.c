#include "config.h"

#include "cli/action.h"

#include "cli/client.h"
#include "cli/instance.h"

#include <stdio.h>
#include <string.h>

enum {
	/* Requests under way at a time. */
	AT_ONCE = 32,
	/* "workers/POOL/INDEX", with its end. */
	ADDRESS_SIZE = WORKER_NAME_SIZE + 16,
};

bool action_is_up(const struct live_worker *worker, uint64_t since_run)
{
	(void)since_run;
	return worker->state == WORKER_READY || worker->state == WORKER_DONE;
}

/* Splits "web/0" and writes what a request is addressed to: "pools/web" or
 * "workers/web/0". Returns false when it can be the name of neither. */
static bool address_of(const char *name, char address[ADDRESS_SIZE])
{
	const char *slash = strchr(name, '/');
	char pool[NAME_SIZE];
	size_t size = slash ? (size_t)(slash - name) : strlen(name);

	if (size >= sizeof(pool))
		return false;
	memcpy(pool, name, size);
	pool[size] = '\0';
	if (slash && (!slash[1] || strlen(slash) > 10 ||
		      slash[1 + strspn(slash + 1, "0123456789")]))
		return false;
	if (!name_is_valid(pool) && (slash || strcmp(pool, "all") != 0))
		return false;
	snprintf(address, ADDRESS_SIZE, "%s/%s", slash ? "workers" : "pools",
		 name);
	return true;
}

enum exit_code action_answer(const char *verb, const char *object, int status,
			     const json_t *answer)
{
	const char *message = client_error_message(answer);
	struct error error;

	if (status >= 200 && status < 300)
		return EXIT_DONE;
	if (!strncmp(message, "cannot ", 7))
		error_set(&error, "%s", message);
	else
		error_set(&error, "cannot %s %s: %s", verb, object, message);
	return command_fail(strcmp(client_error_code(answer), "no-such-name")
				    ? EXIT_FAILED
				    : EXIT_NO_SUCH_NAME,
			    &error);
}

/* Sends the request for one name. NULL: it was told why not, and `*code` is
 * set. */
static struct client *begin(const struct action *action,
			    const struct found_instance *found,
			    const char *name, enum exit_code *code)
{
	char address[ADDRESS_SIZE], target[400];
	struct client *client;
	struct error error;

	if (!address_of(name, address)) {
		error_set(&error, "cannot %s %s: there is no such %s",
			  action->verb, name,
			  strchr(name, '/') ? "worker" : "pool");
		*code = command_fail(EXIT_NO_SUCH_NAME, &error);
		return NULL;
	}
	snprintf(target, sizeof(target), "/v1/%s/%s?wait=1%s%s", address,
		 action->verb, action->parameters ? "&" : "",
		 action->parameters ? action->parameters : "");
	client = client_send(found, "POST", target, &error);
	if (!client)
		*code = command_fail(EXIT_FAILED, &error);
	return client;
}

/* "stopped web; killed sh(12) of web/0" */
static void print_done(const struct action *action, const char *name,
		       const json_t *answer)
{
	const char *killed =
		json_string_value(json_object_get(answer, "killed"));

	printf("%s %s%s%s\n", action->done, name, killed ? "; killed " : "",
	       killed ? killed : "");
}

/* Waits for the end of one request. */
static enum exit_code finish(const struct action *action, const char *name,
			     struct client *client, struct progress *progress)
{
	json_t *answer = NULL;
	struct error error;
	enum exit_code code;
	int status = client_receive(client, progress_tick, progress, &answer,
				    &error);

	progress_wipe(progress);
	if (status < 0)
		code = command_fail(EXIT_FAILED, &error);
	else
		code = action_answer(action->verb, name, status, answer);
	if (code == EXIT_DONE)
		print_done(action, name, answer);
	json_decref(answer);
	client_free(client);
	return code;
}

/* Does up to AT_ONCE names at a time. */
static enum exit_code run_some(const struct action *action,
			       const struct found_instance *found,
			       char *const *names, size_t count,
			       struct progress *progress)
{
	struct client *clients[AT_ONCE];
	enum exit_code code = EXIT_DONE, one = EXIT_DONE;

	for (size_t i = 0; i < count; i++) {
		clients[i] = begin(action, found, names[i], &one);
		if (!clients[i])
			code = one;
	}
	for (size_t i = 0; i < count; i++) {
		if (!clients[i])
			continue;
		one = finish(action, names[i], clients[i], progress);
		if (one != EXIT_DONE)
			code = one;
	}
	return code;
}

enum exit_code action_run(const struct action *action,
			  const struct command_line *line, char *const *names,
			  size_t count)
{
	struct found_instance found;
	struct progress progress;
	struct error error;
	enum exit_code code = EXIT_DONE, some;

	if (instance_find(&found, line, true, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	progress_begin(&progress, &found, action->doing, names, count,
		       action->there);
	for (size_t i = 0; i < count; i += AT_ONCE) {
		size_t left = count - i;

		some = run_some(action, &found, names + i,
				left < AT_ONCE ? left : AT_ONCE, &progress);
		if (some != EXIT_DONE)
			code = some;
	}
	progress_end(&progress);
	return code;
}
