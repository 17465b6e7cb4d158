#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include "base/fields.h"
#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The lines of a log, as the logger writes and `reeve logs` reads them:
 *
 *	raw	what the worker printed
 *	tagged	2026-11-23T09:00:00.123Z web/0 17 out what the worker printed
 *	json	{"time":"2026-11-23T09:00:00.123Z","worker":"web/0","run":17,
 *		"pid":815,"stream":"out","line":"what the worker printed"}
 *
 * A tagged or json line that has no end of its own (it goes on in the next one
 * of its stream, or its run ended) says "out+" or "partial":true.
 */

enum log_format { LOG_RAW, LOG_TAGGED, LOG_JSON, LOG_INHERIT };

enum log_stream { LOG_NO_STREAM, LOG_OUT, LOG_ERR };

struct log_line {
	int64_t at_us; /* since 1970; 0: not known, as in a raw log */
	char worker[WORKER_NAME_SIZE]; /* empty: not known */
	uint64_t run; /* 0: not known */
	uint64_t pid; /* 0: not known */
	enum log_stream stream;
	bool partial; /* has no end of its own */
	struct bytes text; /* without the end of the line */
};

enum {
	/* The longest text that the logger writes as one line. */
	LOG_TEXT_MAX = 16 * 1024,
	/* What is before and after the text of a formatted line. */
	LOG_HEAD_SIZE = 256,
	/* What a line with the longest text takes at most. */
	LOG_LINE_MAX = LOG_TEXT_MAX * 6 + 2 * LOG_HEAD_SIZE,
};

/* What many lines begin with: the same moment, run and stream. */
struct log_head {
	enum log_format format;
	size_t size;
	char text[LOG_HEAD_SIZE];
};

/* Makes the head of lines like `like`, whose text and `partial` do not count.
 * Members that are not known are left out of json; tagged needs them all. */
void log_head_init(struct log_head *head, enum log_format format,
		   const struct log_line *like);

/*
 * Writes one line with its end: the head and `text`, at most LOG_TEXT_MAX
 * bytes. `out` has LOG_LINE_MAX. Returns the size.
 */
size_t log_head_line(const struct log_head *head, struct bytes text,
		     bool partial, char *out);

/*
 * Reads a line of `size` bytes, without its end, of whatever format; what is
 * neither tagged nor json is raw. `data` is changed: escapes of json go, and
 * line->text is a part of it.
 */
void log_line_parse(struct log_line *line, char *data, size_t size);

/* "out", "err"; "" when it is not known. */
const char *log_stream_name(enum log_stream stream);

#endif
