#ifndef SUPERVISOR_OPERATIONS_H
#define SUPERVISOR_OPERATIONS_H

#include "supervisor/operation.h"

struct operations;
struct pool;
struct worker;

/*
 * The operations that are under way (operation.h is what the control socket
 * sees of them). Each has a list of the workers that it still waits for.
 */

/* NULL when memory is short. */
struct operations *operations_open(void);

/* Frees; what is under way is never answered. NULL is fine. */
void operations_close(struct operations *operations);

/* A worker has changed: the operations that wait for it look at it. */
void operations_worker_changed(struct worker *worker);

/* The roll-out of a pool has failed: so have the operations that wait for it,
 * with `text`. */
void operations_fail_pool(const struct pool *pool, const char *text);

/* These processes of a worker had to be killed ("sh(123), sleep(124)"): the
 * operations that wait for it answer with that. */
void operations_worker_killed(const struct worker *worker, const char *names);

/* A worker is dropped: nobody may wait for it any more. */
void operations_forget_worker(struct worker *worker);

/* A new operation that waits for nothing yet. NULL when memory is short. */
struct operation *operation_new(struct instance *instance,
				enum operation_verb verb, operation_fn *done,
				void *context);

uint64_t operation_id(const struct operation *operation);

/* Has it wait until `worker` has got where its verb wants it. Returns 0, or -1
 * when memory is short (then it does not wait for that one). */
int operation_wait_for(struct operation *operation, struct worker *worker);

/* What it answers with when it is done; the text is copied. */
void operation_set_text(struct operation *operation, const char *text);

/* All that it waits for is known: ends it now if that is there already. */
void operation_settle(struct operation *operation);

/* Ends it with that outcome. `text` may be NULL: the one that was set. */
void operation_end(struct operation *operation, enum operation_outcome outcome,
		   const char *text);

#endif
