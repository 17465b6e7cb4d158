#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/command.h"

/* `reeve history export`. */

/* Whether the words after `reeve history` mean it. */
bool export_is_meant(const struct command_line *line);

enum exit_code export_run(const struct command_line *line);

#endif
