#ifndef SUPERVISOR_AUTOPSY_CHILD_H
#define SUPERVISOR_AUTOPSY_CHILD_H

#include "supervisor/message.h"

/*
 * The child of one autopsy, by the MESSAGE_CORE `request`: says on `socket`
 * where the core lies, with a zero byte behind it, and ends where nobody could
 * read it; else waits for a byte, and becomes gdb, which says the rest there.
 * Ends with its parent, the sweeper.
 */
_Noreturn void autopsy_child_run(const struct message *request, int socket,
				 pid_t parent);

#endif
