#ifndef SUPERVISOR_SOCKETS_H
#define SUPERVISOR_SOCKETS_H

#include "base/error.h"
#include "base/list.h"
#include "supervisor/configuration.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The sockets of pools. Each is opened once and handed to every run; nothing
 * is ever accepted or read here. A socket is known by its address and lives
 * for as long as some pool has it, so one that stays in the config, also in
 * another pool, stays open over a reload, and what waits in it is not lost.
 */
struct sockets;

/*
 * Opens the sockets of `config`, but takes those that are open already from
 * `all`, the list of the instance. A socket is in blocking mode, close-on-exec,
 * with SO_REUSEADDR; the file of a unix socket that nobody listens to is
 * replaced. Returns what sockets_close() closes, or NULL and the reason, as
 * "cannot listen on tcp://127.0.0.1:80: Address already in use"; then nothing
 * changed.
 */
struct sockets *sockets_open(struct list_link *all,
			     const struct pool_config *config,
			     struct error *error);

/* Gives those that were open already the backlog, owner and mode of the
 * config: when that is in force. */
void sockets_adjust(const struct sockets *sockets);

/* Closes those that no other pool has; NULL is fine. */
void sockets_close(struct sockets *sockets);

size_t sockets_count(const struct sockets *sockets);

/* The descriptor of socket number `i` of the config. */
int sockets_fd(const struct sockets *sockets, size_t i);

/* Its name in LISTEN_FDNAMES; it belongs to the config. */
const char *sockets_name(const struct sockets *sockets, size_t i);

/* Puts all into blocking mode, which is shared with every process that has
 * one: for when no worker runs. */
void sockets_make_blocking(const struct sockets *sockets);

/* Whether a connection or a packet waits in one of them. */
bool sockets_have_waiting(const struct sockets *sockets);

#endif
