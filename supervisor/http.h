#ifndef SUPERVISOR_HTTP_H
#define SUPERVISOR_HTTP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * As much of HTTP/1.1 (RFC 9112) as the control API needs to read: a request
 * line, the few header fields that matter, a body with a Content-Length. Pure
 * functions over bytes; http-server.h moves the bytes.
 *
 * libevent's own server is not used, because it cannot say which connections
 * are idle (so there is no cap on them) and looks up the names of its peers,
 * which unix sockets have not.
 */

enum {
	HTTP_HEAD_MAX = 8 * 1024, /* request line and header, bytes */
	HTTP_BODY_MAX = 64 * 1024,
	HTTP_TARGET_SIZE = 512, /* path and query, with its end */
};

struct http_request {
	char method[16];
	char path[HTTP_TARGET_SIZE]; /* as sent, "/v1/pools/web/stop" */
	char query[HTTP_TARGET_SIZE]; /* what follows "?"; or empty */
	size_t body_size; /* Content-Length */
	bool keep_alive;
	bool takes_chunks; /* HTTP/1.1: chunked transfer coding is known */
	bool expects_continue;
};

/* How many bytes the head at the start of `data` has, the empty line at its
 * end with it; 0 when that has not come yet. */
size_t http_head_size(const char *data, size_t size);

/* Parses a head of `size` bytes into `request`. Returns 0, or the status with
 * which to refuse it: 400, 413, 414, 501, 505. */
int http_parse_head(struct http_request *request, const char *data,
		    size_t size);

/* Finds parameter `name` in a query and writes its value, with %XX decoded,
 * into `value` of `size` bytes. Returns false when it is not there, too long or
 * badly encoded. */
bool http_query_value(const char *query, const char *name, char *value,
		      size_t size);

/* The words that go with a status: "Not Found". */
const char *http_reason(int status);

#endif
