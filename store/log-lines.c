#include "config.h"

#include "store/log-lines.h"

#include <stdlib.h>
#include <string.h>

/* Reads more behind what is there. Returns whether there was more. */
static bool read_more(struct log_lines *lines)
{
	size_t got;

	if (!lines->buffer)
		lines->buffer = malloc(LOG_LINES_SIZE);
	if (!lines->buffer)
		abort();
	memmove(lines->buffer, lines->buffer + lines->begin,
		lines->end - lines->begin);
	lines->end -= lines->begin;
	lines->begin = 0;
	got = log_tail_read(&lines->tail, lines->buffer + lines->end,
			    LOG_LINES_SIZE - lines->end);
	lines->end += got;
	return got > 0;
}

static const struct log_line *take(struct log_lines *lines, size_t size,
				   bool whole)
{
	char *data = lines->buffer + lines->begin;

	lines->taken = size + whole;
	if (whole)
		log_line_parse(&lines->line, data, size);
	else
		lines->line = (struct log_line){
			.partial = true,
			.text = {data, size},
		};
	return &lines->line;
}

const struct log_line *log_lines_peek(struct log_lines *lines, bool last)
{
	if (lines->taken > 0)
		return &lines->line;
	for (;;) {
		size_t size = lines->end - lines->begin;
		const char *data = lines->buffer + lines->begin;
		const char *end = size > 0 ? memchr(data, '\n', size) : NULL;

		if (end)
			return take(lines, (size_t)(end - data), true);
		if (size < LOG_LINES_SIZE && read_more(lines))
			continue;
		if (size == LOG_LINES_SIZE || (last && size > 0))
			return take(lines, size, false);
		return NULL;
	}
}

void log_lines_pass(struct log_lines *lines)
{
	lines->begin += lines->taken;
	lines->taken = 0;
}

void log_lines_close(struct log_lines *lines)
{
	log_tail_close(&lines->tail);
	free(lines->buffer);
}
