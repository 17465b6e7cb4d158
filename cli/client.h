#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * A client of the control socket: one connection, one request, whose answer is
 * waited for. Reasons of errors are whole: "cannot ask shop: …".
 */

struct client;
struct found_instance;

/* Called about ten times a second while an answer is waited for. */
typedef void client_tick_fn(void *context);

/* Sends a request without a body. NULL and the reason when the instance cannot
 * be asked. */
struct client *client_send(const struct found_instance *found,
			   const char *method, const char *target,
			   struct error *error);

/* Closes; NULL is fine. What was asked for still happens. */
void client_free(struct client *client);

/* A descriptor that is readable when the answer begins. */
int client_fd(const struct client *client);

/*
 * Waits for the answer, for as long as it takes, and calls `tick`, which may be
 * NULL. Returns the HTTP status and sets `*answer` (the caller releases it);
 * or returns -1 and the reason when the supervisor hung up.
 */
int client_receive(struct client *client, client_tick_fn *tick, void *context,
		   json_t **answer, struct error *error);

/*
 * Waits for the next line of a streamed answer. Returns 1 and sets `*line`,
 * without its end, which the caller frees; 0 at the end of the stream; -1 and
 * the reason when it was refused or broke off.
 */
int client_next_line(struct client *client, char **line, struct error *error);

/* The code and the message of an answer that is an error; "" where it has
 * none. They belong to `answer`. */
const char *client_error_code(const json_t *answer);
const char *client_error_message(const json_t *answer);

#endif
