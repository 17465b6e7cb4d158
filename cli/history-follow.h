#ifndef CLI_HISTORY_FOLLOW_H
#define CLI_HISTORY_FOLLOW_H

#include "cli/past.h"

/* Shows the chosen events of the names on the command line, and then those that
 * are recorded from then on, until somebody ends it. */
enum exit_code history_follow(const struct command_line *line,
			      struct event_choice *choice,
			      enum table_form form);

#endif
