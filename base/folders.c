#include "config.h"

#include "base/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static int join(char *path, size_t size, struct error *error,
		const char *parent, const char *middle, const char *name)
{
	int length = snprintf(path, size, "%s%s%s%s", parent, middle,
			      name ? "/" : "", name ? name : "");

	if (length < 0 || (size_t)length >= size)
		return error_set(error,
				 "cannot use folder %s%s: longer than "
				 "%zu bytes",
				 parent, middle, size - 1);
	return 0;
}

static int make_absolute(char *path, size_t size, const char *given,
			 struct error *error)
{
	char here[512];

	if (given[0] == '/')
		return join(path, size, error, given, "", NULL);
	if (!getcwd(here, sizeof(here)))
		return error_set_errno(error, "cannot find the current folder");
	return join(path, size, error, here, "", given);
}

int folders_runtime_parent(char *path, size_t size, struct error *error)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return join(path, size, error, "/run", "/reeve", NULL);
	if (!base || !*base)
		return error_set(error, "cannot find the runtime folder: "
					"neither REEVE_RUNTIME_DIR nor "
					"XDG_RUNTIME_DIR is set");
	return join(path, size, error, base, "/reeve", NULL);
}

static int find_runtime(struct folders *folders, const char *instance,
			struct error *error)
{
	char parent[sizeof(folders->runtime)];

	if (folders_runtime_parent(parent, sizeof(parent), error) < 0)
		return -1;
	return join(folders->runtime, sizeof(folders->runtime), error, parent,
		    "", instance);
}

int folders_state_parent(char *path, size_t size, struct error *error)
{
	const char *base = getenv("XDG_STATE_HOME");
	const char *middle = "/reeve";

	if (geteuid() == 0) {
		base = "/var/lib";
	} else if (!base || !*base) {
		base = getenv("HOME");
		middle = "/.local/state/reeve";
	}
	if (!base || !*base)
		return error_set(error,
				 "cannot find the state folder: "
				 "neither REEVE_STATE_DIR, XDG_STATE_HOME nor "
				 "HOME is set");
	return join(path, size, error, base, middle, NULL);
}

static int find_state(struct folders *folders, const char *instance,
		      struct error *error)
{
	char parent[sizeof(folders->state)];

	if (folders_state_parent(parent, sizeof(parent), error) < 0)
		return -1;
	return join(folders->state, sizeof(folders->state), error, parent, "",
		    instance);
}

static const char *choose(const char *config, const char *variable)
{
	const char *value;

	if (config && *config)
		return config;
	if (getenv("REEVE_RUN"))
		return NULL;
	value = getenv(variable);
	return value && *value ? value : NULL;
}

int folders_find(struct folders *folders, const char *instance,
		 const char *runtime_dir, const char *state_dir,
		 struct error *error)
{
	const char *runtime = choose(runtime_dir, "REEVE_RUNTIME_DIR");
	const char *state = choose(state_dir, "REEVE_STATE_DIR");

	if (runtime) {
		if (make_absolute(folders->runtime, sizeof(folders->runtime),
				  runtime, error) < 0)
			return -1;
	} else if (find_runtime(folders, instance, error) < 0) {
		return -1;
	}
	if (state)
		return make_absolute(folders->state, sizeof(folders->state),
				     state, error);
	return find_state(folders, instance, error);
}

pid_t folders_lock_holder(const char *runtime)
{
	char path[600], text[32];
	ssize_t size;
	pid_t pid = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/lock", runtime);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return 0;
	size = read(fd, text, sizeof(text) - 1);
	if (size > 0) {
		text[size] = '\0';
		pid = (pid_t)strtol(text, NULL, 10);
	}
	if (pid <= 0 || (kill(pid, 0) < 0 && errno == ESRCH) ||
	    flock(fd, LOCK_SH | LOCK_NB) == 0)
		pid = 0;
	close(fd);
	return pid;
}
