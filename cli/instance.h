#ifndef CLI_INSTANCE_H
#define CLI_INSTANCE_H

#include "base/error.h"
#include "base/folders.h"
#include "base/words.h"
#include "cli/command.h"

#include <stdbool.h>
#include <sys/types.h>

/* The instance that a command is about. */
struct found_instance {
	char name[NAME_SIZE];
	struct folders folders;
	bool running;
	pid_t pid; /* of its supervisor; 0 when it does not run */
};

/*
 * Finds the instance that `line` means: the one of -i or REEVE_INSTANCE; else
 * the one in REEVE_RUNTIME_DIR; else the only one below the default runtime
 * folder of this user that runs, or, where none has to run, the only one that
 * is there. The state folder is taken from the live table where there is one,
 * since the config may have moved it. Returns 0; or -1 and the reason where
 * there is none, there are several (they are named), or `must_run` and it does
 * not: exit with EXIT_NO_INSTANCE then.
 */
int instance_find(struct found_instance *found, const struct command_line *line,
		  bool must_run, struct error *error);

/* Writes the path of `name` in its runtime folder ("live", "control.sock") into
 * `path`. */
void instance_path(const struct found_instance *found, const char *name,
		   char path[600]);

#endif
