#include "config.h"

#include "cli/past.h"

#include "cli/instance.h"

#include <stdio.h>

struct query *past_open(const struct command_line *line, enum exit_code *code,
			struct error *error)
{
	const char *file = command_value(line, "db");
	struct found_instance found;
	char path[600];

	*code = EXIT_FAILED;
	if (file)
		return query_open(file, error);
	if (instance_find(&found, line, false, error) < 0) {
		*code = EXIT_NO_INSTANCE;
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/history.db", found.folders.state);
	return query_open(path, error);
}
