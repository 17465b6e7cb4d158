#include "config.h"

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/instance.h"
#include "tui/loop.h"

#include <jansson.h>

/* The supervisor agrees at once; a dashboard that waits longer takes no keys.
 */
enum { ANSWER_MS = 3000 };

/* For the dashboard: asks the supervisor, which does it later. */
static int post(void *context, const char *path, struct error *error)
{
	const struct found_instance *found = context;
	struct client *client = client_send(found, "POST", path, error);
	json_t *answer = NULL;
	int status = -1;

	if (!client)
		return -1;
	if (client_wait(client, ANSWER_MS))
		status = client_receive(client, NULL, NULL, &answer, error);
	else
		error_set(error, "cannot ask %s: it does not answer",
			  found->name);
	client_free(client);
	if (status >= 300)
		error_set(error, "%s", client_error_message(answer));
	json_decref(answer);
	return status >= 200 && status < 300 ? 0 : -1;
}

static enum exit_code run(const struct command_line *line)
{
	struct found_instance found;
	struct error error;
	char path[600];
	struct loop_options options = {
		.live_path = path,
		.helpers = command_value(line, "helpers") != NULL,
		.post = post,
		.post_context = &found,
	};

	if (instance_find(&found, line, true, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	instance_path(&found, "live", path);
	if (loop_run(&options, &error) < 0)
		return command_fail(EXIT_FAILED, &error);
	return EXIT_DONE;
}

static const struct command_option options[] = {
	{.name = "helpers", .help = "show the helpers of reeve too"},
	{.name = NULL},
};

const struct command command_top = {
	.name = "top",
	.usage = "",
	.summary = "the dashboard: pools and workers, live",
	.description =
		"Shows the pools of the instance and their workers, anew each "
		"second: state, pid, age, CPU, memory, restarts, and how the "
		"last run ended. Enter opens a pool or a worker, Esc goes "
		"back; `x` starts, stops or restarts what is selected, after "
		"asking; `?` lists all keys; `q` leaves. Leaving never stops a "
		"worker.\n"
		"\n"
		"It needs a terminal of 60 columns and 20 rows or more. With "
		"NO_COLOR in the environment it uses no colours; where the "
		"locale is not one of UTF-8 it draws in ASCII. When the "
		"supervisor ends, the last state stays on the screen until a "
		"new one is there.",
	.examples = "reeve top\tlook at the only instance that runs\n"
		    "reeve -i shop top\tlook at the instance shop\n",
	.options = options,
	.max_names = 0,
	.run = run,
};
