#include "config.h"

#include "base/programs.h"
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_READ, PIPE_WRITE };

/* Starts the loader for `file`; what it finds out comes from the descriptor
 * that is returned, and its mistakes go to our standard error. Returns -1 and
 * the reason when it cannot be started. */
static int start_loader(const char *file, pid_t *pid, struct error *error)
{
	char path[PROGRAM_PATH_SIZE];
	int ends[2];

	if (programs_find(path, "reeve-loader", error) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_set_errno(error, "cannot check %s: pipe2", file);
	*pid = fork();
	if (*pid == 0) {
		if (dup2(ends[PIPE_WRITE], STDOUT_FILENO) >= 0)
			execl(path, path, file, (char *)NULL);
		_exit(EXIT_FAILED);
	}
	close(ends[PIPE_WRITE]);
	if (*pid > 0)
		return ends[PIPE_READ];
	close(ends[PIPE_READ]);
	return error_set_errno(error, "cannot check %s: fork", file);
}

/* Waits for the loader: 0 when it found no mistake. */
static int wait_loader(pid_t pid, const char *file, struct error *error)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set_errno(error, "cannot check %s", file);
	}
	if (WIFSIGNALED(status))
		return error_set(error,
				 "cannot check %s: reeve-loader was killed by "
				 "signal %d",
				 file, WTERMSIG(status));
	error->text[0] = '\0';
	return WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Reads the loader's answer. NULL and the reason, or an empty one when the
 * mistakes have been shown. The caller owns the result. */
static json_t *load(const char *file, struct error *error)
{
	json_error_t reason;
	json_t *json;
	FILE *answer;
	pid_t pid = -1;
	int fd = start_loader(file, &pid, error);

	if (fd < 0)
		return NULL;
	answer = fdopen(fd, "r");
	json = answer ? json_loadf(answer, 0, &reason) : NULL;
	if (answer)
		fclose(answer);
	if (wait_loader(pid, file, error) != 0) {
		json_decref(json);
		return NULL;
	}
	if (!json)
		error_set(error, "cannot check %s: reeve-loader gave no config",
			  file);
	return json;
}

static void print_summary(const char *file, const json_t *config)
{
	json_t *pools = json_object_get(config, "pools");
	const size_t count = json_object_size(pools);
	json_int_t workers = 0;
	const char *name;
	json_t *pool;

	json_object_foreach (pools, name, pool)
		workers += json_integer_value(json_object_get(
			json_object_get(pool, "workers"), "min"));
	printf("%s: ok: %zu pool%s, %lld worker%s\n", file, count,
	       count == 1 ? "" : "s", (long long)workers,
	       workers == 1 ? "" : "s");
}

/* The config as the supervisor gets it, less the source text. */
static void print_config(json_t *config)
{
	json_object_del(config, "text");
	json_dumpf(config, stdout, JSON_INDENT(2));
	putchar('\n');
}

static enum exit_code check(const struct command_line *line)
{
	const char *file = line->names[0];
	struct error error;
	json_t *config = load(file, &error);

	if (!config && error.text[0])
		return command_fail(EXIT_FAILED, &error);
	if (!config)
		return EXIT_FAILED;
	if (command_value(line, "print"))
		print_config(config);
	else
		print_summary(file, config);
	json_decref(config);
	return EXIT_DONE;
}

static const struct command_option options[] = {
	{'p', "print", NULL,
	 "print the config as the supervisor gets it, with all defaults, as "
	 "JSON"},
	{0},
};

const struct command command_check = {
	.name = "check",
	.usage = "FILE",
	.summary = "check a config file",
	.description =
		"Reads the config FILE and all that it includes, and tells "
		"every mistake in it with its line and column, what is wrong "
		"and what would be right. Exits 0 when there is none, else 1. "
		"Nothing is started.\n"
		"\n"
		"Some answers depend on the machine and on who asks: which "
		"CPUs and users there are, and whether reeve may use them. "
		"reeve.yaml(5) tells what a config may hold.",
	.examples = "reeve check shop.yaml\ttell what is wrong with it\n"
		    "reeve check --print shop.yaml\tshow it with all "
		    "defaults\n",
	.options = options,
	.min_names = 1,
	.max_names = 1,
	.run = check,
};
