#ifndef SUPERVISOR_NOTIFY_SOCKET_H
#define SUPERVISOR_NOTIFY_SOCKET_H

#include "supervisor/worker.h"

struct handed;
struct run_offer;

/*
 * The socket by which the runs of a worker tell of themselves, as in
 * sd_notify(3): RUNTIME/notify/POOL.INDEX. Each worker has its own, so a sender
 * that has exited before its message is read is still known by it. It is there
 * for pools that ask for it (pool_config_has_notify()), from the first run on
 * until the worker goes; worker->notify is NULL for all others, who cost
 * nothing here.
 *
 * A message counts when its sender's user is root, reeve's or the worker's, and
 * the sender, where it is still alive, belongs to the present run
 * (main-process.h). All processes of a run may send.
 *
 * A run that floods its socket is read so slowly that it waits itself.
 */
struct notify;

/* A run is about to start: makes the socket where it is missing, drops what
 * former runs have sent, and says what the run is offered. Returns 0, or -1
 * with errno. */
int notify_begin_run(struct worker *worker, struct run_offer *offer);

/* Hands the run the descriptors that a former run has stored. */
void notify_hand(const struct worker *worker, struct handed *handed);

/* The main process has ended: reads what the run has sent before. Its main
 * process may be another one afterwards. */
void notify_drain(struct worker *worker);

/* The worker has changed: drops what is stored when it rests. */
void notify_follow(struct worker *worker);

/* The worker goes, and its socket with all that is stored. */
void notify_release(struct worker *worker);

#endif
