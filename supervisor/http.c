#include "config.h"

#include "supervisor/http.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A stretch of bytes of the head. */
struct part {
	const char *at;
	size_t size;
};

size_t http_head_size(const char *data, size_t size)
{
	const char *line = data, *end = data + size;
	const char *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		size_t length = (size_t)(newline - line);

		line = newline + 1;
		if (length == 0 || (length == 1 && newline[-1] == '\r'))
			return (size_t)(line - data);
	}
	return 0;
}

/* Takes the next line off `rest`, without its end. Returns false at the empty
 * line that ends the head. */
static bool next_line(struct part *rest, struct part *line)
{
	const char *newline = memchr(rest->at, '\n', rest->size);

	if (!newline)
		return false;
	line->at = rest->at;
	line->size = (size_t)(newline - rest->at);
	rest->at += line->size + 1;
	rest->size -= line->size + 1;
	if (line->size && line->at[line->size - 1] == '\r')
		line->size--;
	return line->size > 0;
}

/* Takes what comes before `separator` off `rest`, and the separator. */
static bool split(struct part *rest, char separator, struct part *before)
{
	const char *found = memchr(rest->at, separator, rest->size);

	if (!found)
		return false;
	before->at = rest->at;
	before->size = (size_t)(found - rest->at);
	rest->at += before->size + 1;
	rest->size -= before->size + 1;
	return true;
}

static bool copy(char *out, size_t capacity, struct part part)
{
	if (part.size >= capacity)
		return false;
	memcpy(out, part.at, part.size);
	out[part.size] = '\0';
	return true;
}

static bool equals(struct part part, const char *text)
{
	return part.size == strlen(text) &&
	       !strncasecmp(part.at, text, part.size);
}

static struct part trim(struct part part)
{
	while (part.size && strchr(" \t", part.at[0])) {
		part.at++;
		part.size--;
	}
	while (part.size && strchr(" \t", part.at[part.size - 1]))
		part.size--;
	return part;
}

static int parse_target(struct http_request *request, struct part target)
{
	struct part path;

	if (!target.size || target.at[0] != '/')
		return 400;
	if (target.size >= HTTP_TARGET_SIZE)
		return 414;
	if (!split(&target, '?', &path)) {
		path = target;
		target.size = 0;
	}
	copy(request->path, sizeof(request->path), path);
	copy(request->query, sizeof(request->query), target);
	return 0;
}

static int parse_request_line(struct http_request *request, struct part line)
{
	struct part method, target;

	if (!split(&line, ' ', &method) || !split(&line, ' ', &target))
		return 400;
	if (equals(line, "HTTP/1.1"))
		request->takes_chunks = request->keep_alive = true;
	else if (!equals(line, "HTTP/1.0"))
		return line.size > 5 && !strncmp(line.at, "HTTP/", 5) ? 505
								      : 400;
	if (!method.size)
		return 400;
	if (!copy(request->method, sizeof(request->method), method))
		return 501;
	return parse_target(request, target);
}

static int parse_length(struct http_request *request, struct part value)
{
	size_t length = 0;

	if (!value.size)
		return 400;
	for (size_t i = 0; i < value.size; i++) {
		if (!isdigit((unsigned char)value.at[i]))
			return 400;
		if (length <= HTTP_BODY_MAX)
			length = length * 10 + (size_t)(value.at[i] - '0');
	}
	if (length > HTTP_BODY_MAX)
		return 413;
	if (request->body_size && request->body_size != length)
		return 400;
	request->body_size = length;
	return 0;
}

static void parse_connection(struct http_request *request, struct part value)
{
	struct part token;

	while (value.size) {
		if (!split(&value, ',', &token)) {
			token = value;
			value.size = 0;
		}
		if (equals(trim(token), "close"))
			request->keep_alive = false;
	}
}

static int parse_field(struct http_request *request, struct part line)
{
	struct part name;

	if (!split(&line, ':', &name) || !name.size ||
	    trim(name).size != name.size)
		return 400;
	line = trim(line);
	if (equals(name, "Content-Length"))
		return parse_length(request, line);
	if (equals(name, "Transfer-Encoding"))
		return 501;
	if (equals(name, "Connection"))
		parse_connection(request, line);
	if (equals(name, "Expect"))
		request->expects_continue = equals(line, "100-continue");
	return 0;
}

int http_parse_head(struct http_request *request, const char *data, size_t size)
{
	struct part rest = {data, size}, line;
	int refused;

	memset(request, 0, sizeof(*request));
	if (memchr(data, '\0', size) || !next_line(&rest, &line))
		return 400;
	refused = parse_request_line(request, line);
	while (!refused && next_line(&rest, &line))
		refused = parse_field(request, line);
	return refused;
}

/* Decodes %XX. Returns false where it is none, or NUL, or does not fit. */
static bool decode(struct part part, char *out, size_t capacity)
{
	size_t used = 0;

	for (size_t i = 0; i < part.size; i++) {
		char character = part.at[i];

		if (character == '%') {
			char digits[3] = {0};

			if (part.size - i < 3 ||
			    !isxdigit((unsigned char)part.at[i + 1]) ||
			    !isxdigit((unsigned char)part.at[i + 2]))
				return false;
			memcpy(digits, part.at + i + 1, 2);
			character = (char)strtoul(digits, NULL, 16);
			i += 2;
		}
		if (!character || used + 1 >= capacity)
			return false;
		out[used++] = character;
	}
	out[used] = '\0';
	return true;
}

bool http_query_value(const char *query, const char *name, char *value,
		      size_t size)
{
	struct part rest = {query, strlen(query)}, pair, key;

	while (rest.size) {
		if (!split(&rest, '&', &pair)) {
			pair = rest;
			rest.size = 0;
		}
		if (!split(&pair, '=', &key)) {
			key = pair;
			pair.size = 0;
		}
		if (equals(key, name))
			return decode(pair, value, size);
	}
	return false;
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{202, "Accepted"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{422, "Unprocessable Content"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}
