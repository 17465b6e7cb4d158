#ifndef CLI_STATUS_WATCH_H
#define CLI_STATUS_WATCH_H

#include "cli/command.h"

/* Shows the status anew each second until a signal ends us: for those who have
 * no terminal that is fit for the dashboard. Whatever becomes of the supervisor
 * it goes on, and says so. Returns only where it cannot write. */
enum exit_code status_watch(const struct command_line *line);

#endif
