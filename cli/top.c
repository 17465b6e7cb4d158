#include "config.h"

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/instance.h"
#include "tui/loop.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The dashboard's way to the control socket. */

static void *begin(void *context, const char *path, struct error *error)
{
	return client_send(context, "POST", path, error);
}

static int fd_of(const void *request)
{
	return client_fd(request);
}

static int finish(void *request, json_t **answer, struct error *error)
{
	struct client *client = request;
	int status = client_receive(client, NULL, NULL, answer, error);

	client_free(client);
	if (status >= 200 && status < 300)
		return 0;
	if (status >= 300) {
		error_set(error, "%s", client_error_message(*answer));
		json_decref(*answer);
	}
	return -1;
}

static void abandon(void *request)
{
	client_free(request);
}

/* Writes FOLDER/reeve/NAME, where FOLDER is that of the variable, else
 * ~/`other`; "" where there is neither. */
static void path_in(const char *variable, const char *other, const char *name,
		    char path[600])
{
	const char *folder = getenv(variable);
	const char *home = getenv("HOME");

	path[0] = '\0';
	if (folder && *folder == '/')
		snprintf(path, 600, "%s/reeve/%s", folder, name);
	else if (home && *home == '/')
		snprintf(path, 600, "%s/%s/reeve/%s", home, other, name);
}

static enum exit_code show(const struct command_line *line,
			   struct loop_options *options)
{
	struct winsize size = {0};
	const char *once = command_value(line, "once");
	struct error error;
	int columns = 80, rows = 24;

	if (!once && loop_run(options, &error) < 0)
		return command_fail(EXIT_FAILED, &error);
	if (!once) /* what is not kept is no failure */
		return error.text[0] ? command_fail(EXIT_DONE, &error)
				     : EXIT_DONE;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
		columns = size.ws_col;
		rows = size.ws_row - 1; /* the prompt has one */
	}
	if (command_value(line, "size") &&
	    (sscanf(command_value(line, "size"), "%dx%d", &columns, &rows) !=
		     2 ||
	     columns < 1 || columns > 1000 || rows < 1 || rows > 1000))
		return command_misuse(line, "%s is no size; write 80x24",
				      command_value(line, "size"));
	if (loop_once(options, columns, rows, &error) < 0)
		return command_fail(EXIT_FAILED, &error);
	return EXIT_DONE;
}

/* Reads the options on how it looks. */
static int read_look(const struct command_line *line,
		     struct loop_options *options)
{
	static const char *const modes[] = {"auto", "always", "never"};
	const char *color = command_value(line, "color");
	int mode = 0;

	options->theme = command_value(line, "theme");
	options->mouse = !command_value(line, "no-mouse");
	while (color && mode < 3 && strcmp(modes[mode], color) != 0)
		mode++;
	options->color = (enum color_mode)mode;
	return mode == 3 || (options->theme &&
			     theme_parse(options->theme) == THEME_COUNT)
		       ? -1
		       : 0;
}

static enum exit_code run(const struct command_line *line)
{
	struct found_instance found;
	struct error error;
	char live_path[600], settings_path[600], seen_path[600], name[128];
	struct control control = {&found, begin, fd_of, finish, abandon};
	struct loop_options options = {
		.dashboard =
			{
				.control = &control,
				.live_path = live_path,
				.state_dir = found.folders.state,
				.settings_path = settings_path,
				.seen_path = seen_path,
				.helpers = command_value(line, "helpers"),
				.read_only = command_value(line, "read-only"),
			},
	};

	if (read_look(line, &options) < 0)
		return command_misuse(line, "--color takes auto, always or "
					    "never; --theme dark, light or "
					    "mono");
	if (instance_find(&found, line, false, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	instance_path(&found, "live", live_path);
	/* one that does not run has left its last state, or was never there */
	if (access(live_path, F_OK) < 0 &&
	    instance_find(&found, line, true, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	path_in("XDG_CONFIG_HOME", ".config", "top.yaml", settings_path);
	snprintf(name, sizeof(name), "top-%.63s.yaml", found.name);
	path_in("XDG_STATE_HOME", ".local/state", name, seen_path);
	return show(line, &options);
}

static const struct command_option options[] = {
	{.name = "once", .help = "print one frame as text and leave"},
	{.name = "size",
	 .argument = "COLUMNSxROWS",
	 .help = "of that frame (default: of the terminal, else 80x24)"},
	{.name = "read-only", .help = "never act on workers"},
	{.name = "color",
	 .argument = "WHEN",
	 .help = "auto, always or never (default auto: unless NO_COLOR is "
		 "set)"},
	{.name = "theme",
	 .argument = "THEME",
	 .help = "dark, light or mono (default: of the settings, else dark)"},
	{.name = "no-mouse", .help = "leave the mouse to the terminal"},
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
		"last run ended; below them what has happened. Enter opens a "
		"pool or a worker, Esc goes back; `x` starts, stops or "
		"restarts what is selected or tagged, after asking; `!` goes "
		"to crashes that were not seen yet; `?` lists all keys; `q` "
		"leaves. Leaving never stops a worker.\n"
		"\n"
		"It is made for 60 columns and 20 rows or more, and leaves out "
		"what has no room down to 40 columns and 6 rows. With "
		"NO_COLOR in the environment it uses no colours; where the "
		"locale is not one of UTF-8 it draws in ASCII. When the "
		"supervisor ends, the last state stays on the screen until a "
		"new one is there; it can also be opened then.\n"
		"\n"
		"What is chosen (order, columns, refresh rate) is kept in "
		"$XDG_CONFIG_HOME/reeve/top.yaml (~/.config/reeve/top.yaml), "
		"where `theme: light`, `mouse: off` and `bell: crash` can be "
		"written too; all other lines stay as they are; which crashes "
		"were seen is kept in "
		"$XDG_STATE_HOME/reeve/top-INSTANCE.yaml.",
	.examples = "reeve top\tlook at the only instance that runs\n"
		    "reeve -i shop top\tlook at the instance shop\n"
		    "reeve top --once\tprint what it shows, for a pipe\n",
	.options = options,
	.max_names = 0,
	.run = run,
};
