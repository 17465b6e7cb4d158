#ifndef SUPERVISOR_HTTP_ANSWER_H
#define SUPERVISOR_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The answer of an HTTP server to a request of version 1.0, read bit by bit
 * (RFC 9112): status, end of the header, length of the body. Nothing of it is
 * trusted; all of it is bounded.
 */

enum {
	HTTP_ANSWER_HEAD_MAX = 16 * 1024,
	HTTP_ANSWER_BODY_MAX = 16 * 1024, /* the rest is not read */
};

enum http_answer_state {
	HTTP_ANSWER_HEAD, /* more is to come */
	HTTP_ANSWER_BODY, /* more is to come */
	HTTP_ANSWER_DONE,
	HTTP_ANSWER_BAD, /* it is none */
};

struct http_answer {
	enum http_answer_state state;
	int status; /* 0: not known yet */
	size_t head_size;
	int64_t length; /* of the body, as the server says; -1: it does not */
	char line[64]; /* of the head, cut to fit */
	size_t line_size;
	bool keep; /* the body is kept, in `body` */
	char *body; /* ended by NUL; NUL bytes in it become blanks */
	int64_t body_size;
};

/* `keep`: somebody wants to see the body. */
void http_answer_init(struct http_answer *answer, bool keep);

void http_answer_release(struct http_answer *answer);

/* Takes some bytes. Returns the state after them. */
enum http_answer_state http_answer_feed(struct http_answer *answer,
					const char *data, size_t size);

/* The server has closed. Returns HTTP_ANSWER_DONE, or HTTP_ANSWER_BAD when the
 * answer is not whole. */
enum http_answer_state http_answer_end(struct http_answer *answer);

#endif
