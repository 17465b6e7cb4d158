#include "config.h"

#include "supervisor/http-answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_answer_init(struct http_answer *answer, bool keep)
{
	*answer = (struct http_answer){.length = -1, .keep = keep};
}

void http_answer_release(struct http_answer *answer)
{
	free(answer->body);
	answer->body = NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK": three digits behind the version. */
static bool take_status(struct http_answer *answer)
{
	const char *at = answer->line;

	if (strncmp(at, "HTTP/1.", 7) != 0 || !is_digit(at[7]) || at[8] != ' ')
		return false;
	at += 9;
	if (!is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2]) ||
	    (at[3] != ' ' && at[3] != '\0'))
		return false;
	answer->status = (int)strtol(at, NULL, 10);
	return answer->status >= 100;
}

/* Whether nothing comes behind the head, whatever it says. */
static bool is_without_body(const struct http_answer *answer)
{
	return answer->length == 0 || answer->status == 204 ||
	       answer->status == 304;
}

static void take_line(struct http_answer *answer)
{
	char *line = answer->line;

	if (answer->line_size > 0 && line[answer->line_size - 1] == '\r')
		answer->line_size--;
	line[answer->line_size] = '\0';
	if (answer->status == 0) {
		if (!take_status(answer))
			answer->state = HTTP_ANSWER_BAD;
	} else if (answer->line_size > 0) {
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			answer->length = strtoll(line + 15, NULL, 10);
	} else if (answer->status < 200) {
		/* An interim answer: the real one follows. */
		answer->status = 0;
	} else {
		answer->state = is_without_body(answer) ? HTTP_ANSWER_DONE
							: HTTP_ANSWER_BODY;
	}
	answer->line_size = 0;
}

static size_t take_head(struct http_answer *answer, const char *data,
			size_t size)
{
	size_t used = 0;

	while (used < size && answer->state == HTTP_ANSWER_HEAD) {
		char c = data[used++];

		if (++answer->head_size > HTTP_ANSWER_HEAD_MAX)
			answer->state = HTTP_ANSWER_BAD;
		else if (c == '\n')
			take_line(answer);
		else if (answer->line_size < sizeof(answer->line) - 1)
			answer->line[answer->line_size++] = c;
	}
	return used;
}

static void keep_body(struct http_answer *answer, const char *data, size_t size)
{
	if (!answer->body)
		answer->body = calloc(1, HTTP_ANSWER_BODY_MAX + 1);
	for (size_t i = 0; i < size && answer->body; i++)
		answer->body[answer->body_size + (int64_t)i] =
			(char)(data[i] ? data[i] : ' ');
}

static void take_body(struct http_answer *answer, const char *data, size_t size)
{
	size_t room = (size_t)(HTTP_ANSWER_BODY_MAX - answer->body_size);

	if (size > room)
		size = room;
	if (answer->keep)
		keep_body(answer, data, size);
	answer->body_size += (int64_t)size;
	if (answer->body_size == HTTP_ANSWER_BODY_MAX ||
	    (answer->length >= 0 && answer->body_size >= answer->length))
		answer->state = HTTP_ANSWER_DONE;
}

enum http_answer_state http_answer_feed(struct http_answer *answer,
					const char *data, size_t size)
{
	size_t used = 0;

	if (answer->state == HTTP_ANSWER_HEAD)
		used = take_head(answer, data, size);
	if (answer->state == HTTP_ANSWER_BODY && used < size)
		take_body(answer, data + used, size - used);
	return answer->state;
}

enum http_answer_state http_answer_end(struct http_answer *answer)
{
	if (answer->state == HTTP_ANSWER_BODY && answer->length < 0)
		answer->state = HTTP_ANSWER_DONE;
	else if (answer->state != HTTP_ANSWER_DONE)
		answer->state = HTTP_ANSWER_BAD;
	return answer->state;
}
