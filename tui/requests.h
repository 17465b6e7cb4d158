#ifndef TUI_REQUESTS_H
#define TUI_REQUESTS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the dashboard asks of the supervisor, one request after the other, and
 * never so that a key has to wait for the answer.
 */

/* The way to the control socket, which cli/top.c has; tests have another. */
struct control {
	void *context;
	/* Sends `POST path`. Returns the request, or NULL and the reason. */
	void *(*begin)(void *context, const char *path, struct error *error);
	/* A descriptor that is readable when the answer is there. */
	int (*fd)(const void *request);
	/* Takes the answer and ends the request. Returns 0 and sets `*answer`,
	 * which the caller releases; or -1 and the reason. */
	int (*finish)(void *request, json_t **answer, struct error *error);
	/* Ends the request; what was asked for may still happen. */
	void (*abandon)(void *request);
};

enum { REQUEST_PATH_SIZE = 256, REQUEST_WORDS_SIZE = 160 };

struct request {
	char path[REQUEST_PATH_SIZE];
	char words[REQUEST_WORDS_SIZE]; /* what was asked for: "stop of web" */
	int tag; /* the caller's own */
	bool patient; /* the answer may take longer: a config is read */
};

struct requests {
	const struct control *control;
	struct request *list; /* owned; the first is under way or is next */
	size_t count;
	size_t capacity;
	size_t next; /* place of the one that is under way */
	void *under_way; /* NULL: none */
	int64_t deadline_us; /* of its answer */
};

/* What became of a request. `answer` is NULL where it failed. */
typedef void request_done_fn(void *context, const struct request *request,
			     const json_t *answer, const struct error *error);

void requests_init(struct requests *requests, const struct control *control);

/* Abandons what is under way. */
void requests_release(struct requests *requests);

/* Appends a request. */
void requests_add(struct requests *requests, const struct request *request);

/* How many have not been answered. */
size_t requests_left(const struct requests *requests);

/* A descriptor to wait for; -1: there is nothing to wait for. */
int requests_fd(const struct requests *requests);

/* Sends what is to be sent, and takes the answers that have come; `done` is
 * told of each. Never waits. */
void requests_go_on(struct requests *requests, request_done_fn *done,
		    void *context);

#endif
