#ifndef SUPERVISOR_RUNTIME_LINK_H
#define SUPERVISOR_RUNTIME_LINK_H

#include "supervisor/instance.h"

/*
 * Where the config chooses the runtime folder, a link in the default place
 * leads to it, so that commands find the instance by its name. The link stays
 * as the folder does when the instance has ended, as the history can still be
 * asked then; that nothing runs there is seen by the lock.
 */

/* Removes the link of a former config from where the runtime folder is to be
 * now, unless its instance still runs. */
void runtime_link_clear(const struct instance *instance);

/* Makes the link where one is needed; warns where that is not possible. The
 * lock is held. */
void runtime_link_make(struct instance *instance);

#endif
