#ifndef SUPERVISOR_KILLED_H
#define SUPERVISOR_KILLED_H

#include "supervisor/message.h"

struct worker;

/*
 * What had to be killed of a run, by name: its main process, where reeve ended
 * that at the stop timeout, and what the sweeper found.
 */

/* The sweeper has looked at a run that is about to be ended: keeps the name of
 * its main process. */
void killed_note_main(struct worker *worker, const struct message *message);

/* The sweeper has answered: tells the history, and those who wait for the
 * worker. Nothing when nothing was killed. */
void killed_report(struct worker *worker, const struct message *message);

#endif
