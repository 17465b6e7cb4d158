#ifndef SUPERVISOR_KILLED_H
#define SUPERVISOR_KILLED_H

#include "supervisor/message.h"

struct worker;

/*
 * What had to be killed of a run, by name: its main process, where reeve ended
 * that at the stop timeout, and what the sweeper found.
 */

/* Reads the name of the main process, which was just killed; it is not yet
 * reaped. */
void killed_note_main(struct worker *worker);

/* The sweeper has answered: tells the history, and those who wait for the
 * worker. Nothing when nothing was killed. */
void killed_report(struct worker *worker, const struct message *message);

#endif
