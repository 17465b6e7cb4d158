#ifndef SUPERVISOR_FINDINGS_H
#define SUPERVISOR_FINDINGS_H

#include "store/event.h"
#include "supervisor/helper.h"
#include "supervisor/message.h"

struct journal;

/* What the sweeper finds out of runs: the events that go to its journal. */
struct findings {
	const struct helper *helper;
	struct journal *journal; /* opened for the first event; owned */
};

/* Stores `event`, about the run that `request` names; its kind, time and text
 * are the caller's. */
void findings_store(struct findings *findings, const struct message *request,
		    struct event_record *event);

/* Closes the journal. */
void findings_close(struct findings *findings);

#endif
