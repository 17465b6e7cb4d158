#ifndef SUPERVISOR_INQUIRY_H
#define SUPERVISOR_INQUIRY_H

#include "supervisor/findings.h"
#include "supervisor/message.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The evidence that the sweeper is asked for. Each inquiry is a child that
 * reads /proc and has a moment for it: what it has written by then is stored,
 * so a process in whose files a reader gets stuck keeps nobody waiting.
 */

/* So many at a time; the others wait. */
enum { INQUIRIES_AT_ONCE = 8 };

struct inquiry;

struct inquiries {
	struct findings *findings; /* where what they find is stored */
	struct inquiry *first; /* owned; the oldest one */
};

/* Takes up a MESSAGE_EVIDENCE. */
void inquiries_add(struct inquiries *inquiries, const struct message *request);

/* Fills `wait` with what the inquiries under way wait for. Returns how many
 * that are, and lowers `*pause_ms` (-1: for ever) to when the next of them has
 * had its time. */
size_t inquiries_wait(const struct inquiries *inquiries,
		      struct pollfd wait[INQUIRIES_AT_ONCE], int *pause_ms);

/* Starts what waits, reads what is there; stores and answers what is done. */
void inquiries_go_on(struct inquiries *inquiries);

/* Drops those under way. */
void inquiries_close(struct inquiries *inquiries);

#endif
