#include "config.h"

#include "base/programs.h"
#include "base/words.h"
#include "cli/commands.h"

#include <ctype.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Above the descriptors that the supervisor needs for itself. */
enum { CONFIG_FD = 200 };

/* Becomes the supervisor of the config at `file`. Returns only when that
 * fails. */
static enum exit_code supervise(char *file, const char *name)
{
	char path[PROGRAM_PATH_SIZE];
	char *arguments[] = {path, file, NULL};
	struct error error;

	if (programs_find(path, "reeve-supervisor", &error) < 0)
		return command_fail(EXIT_FAILED, &error);
	execv(path, arguments);
	error_set_errno(&error, "cannot run %s: execve %s", name, path);
	return command_fail(EXIT_FAILED, &error);
}

/* ---- a command instead of a config ---- */

/* An instance is named like its program, as far as names allow it. */
static void name_instance(const char *command, char name[NAME_SIZE])
{
	const char *slash = strrchr(command, '/');

	snprintf(name, NAME_SIZE, "%s", slash ? slash + 1 : command);
	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '_')
			*at = '-';
	if (!name_is_valid(name))
		snprintf(name, NAME_SIZE, "command");
}

/* A word as a config has it: what would be filled in is taken as it is. */
static json_t *quote_word(const char *word)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	json_t *result;

	for (; stream && *word; word++) {
		if (word[0] == '$' && word[1] == '{')
			fputc('$', stream);
		fputc(*word, stream);
	}
	if (!stream || fclose(stream) != 0)
		return NULL;
	result = json_string(text);
	free(text);
	return result;
}

/* The config of one pool that runs the command, as text; NULL when memory is
 * short or a word is no UTF-8. The caller frees it. */
static char *describe_command(const struct command_line *line)
{
	const char *policy = command_value(line, "restart");
	char name[NAME_SIZE];
	json_t *words = json_array();
	json_t *config;
	char *text;

	if (line->instance)
		snprintf(name, sizeof(name), "%s", line->instance);
	else
		name_instance(line->names[0], name);
	for (size_t i = 0; i < line->name_count; i++)
		if (json_array_append_new(words, quote_word(line->names[i])) <
		    0) {
			json_decref(words);
			return NULL;
		}
	config = json_pack("{s:s, s:s, s:{s:{s:o, s:{s:s}, s:{s:s}}}}",
			   "instance", name, "exit_with", "main", "pools",
			   "main", "command", words, "restart", "policy",
			   policy ? policy : "never", "log", "format",
			   "inherit");
	text = json_dumps(config, JSON_INDENT(2));
	json_decref(config);
	return text;
}

/* Puts `text` into memory that lies where the supervisor finds it, also when
 * it loads the config again. Returns 0, or -1 and the reason. */
static int store_config(const char *text, char path[64], struct error *error)
{
	int fd = memfd_create("reeve-config", MFD_CLOEXEC);
	size_t size = strlen(text);
	int kept;

	if (fd < 0 || write(fd, text, size) != (ssize_t)size)
		return error_set_errno(error, "cannot store the config");
	kept = fcntl(fd, F_DUPFD, CONFIG_FD);
	close(fd);
	if (kept < 0)
		return error_set_errno(error, "cannot store the config");
	snprintf(path, 64, "/proc/%d/fd/%d", (int)getpid(), kept);
	return 0;
}

static enum exit_code run_command(const struct command_line *line)
{
	char *text = describe_command(line);
	char path[64];
	struct error error;
	int status;

	if (!text) {
		error_set(&error, "cannot run %s: its words are no UTF-8",
			  line->names[0]);
		return command_fail(EXIT_FAILED, &error);
	}
	status = store_config(text, path, &error);
	free(text);
	return status < 0 ? command_fail(EXIT_FAILED, &error)
			  : supervise(path, line->names[0]);
}

static enum exit_code run(const struct command_line *line)
{
	struct error error;

	if (line->after_dashes)
		return run_command(line);
	if (line->name_count == 1 && !command_value(line, "restart"))
		return supervise(line->names[0], line->names[0]);
	if (line->name_count == 1)
		error_set(&error, "cannot run: --restart goes with -- COMMAND; "
				  "a config has its own policy");
	else
		error_set(&error,
			  "cannot run: \"%s\" is too much; a command stands "
			  "after --",
			  line->names[1]);
	return command_fail(EXIT_USAGE, &error);
}

static const struct command_option options[] = {
	{0, "restart", "POLICY",
	 "start COMMAND again: always, on-failure or never (the default)"},
	{0},
};

const struct command command_run = {
	.name = "run",
	.usage = "FILE | -- COMMAND…",
	.summary = "supervise the pools of a config file",
	.description =
		"Starts the pools that FILE describes and supervises them, in "
		"the foreground, until SIGTERM or SIGINT; then stops them all, "
		"in reverse order of `after`, and exits 0. A second SIGINT "
		"kills what has not stopped by then. SIGHUP loads the config "
		"again, as `reeve reload` does.\n"
		"\n"
		"All mistakes of the config are told at once, with their "
		"lines, "
		"and nothing is started (exit 1). The config names the "
		"instance; -i has no meaning then. A second run of the same "
		"instance is refused.\n"
		"\n"
		"A service manager can wait until the pools are started: "
		"READY=1 "
		"is sent to NOTIFY_SOCKET as sd_notify(3) describes it.\n"
		"\n"
		"With -- COMMAND there is no file: one worker runs the "
		"command, with reeve's own standard input and output, as the "
		"first process of a container would. Signals are passed on to "
		"it, orphans are reaped, nothing of it is left behind, and "
		"reeve exits with its exit code (128 and the signal that "
		"killed it, 127 where it was not found, 126 where it could "
		"not be started). The instance is named like the command, or "
		"by -i; status, history, why and top work as always.",
	.examples = "reeve run shop.yaml\tsupervise the pools of shop.yaml\n"
		    "reeve run -- nginx -g 'daemon off;'\trun nginx under "
		    "supervision, as in a container\n"
		    "reeve run --restart on-failure -- ./worker\tstart it "
		    "again when it crashes\n",
	.options = options,
	.min_names = 1,
	.max_names = SIZE_MAX,
	.run = run,
};
