#include "config.h"

#include "base/log-line.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const stream_names[] = {
	[LOG_NO_STREAM] = "",
	[LOG_OUT] = "out",
	[LOG_ERR] = "err",
};

const char *log_stream_name(enum log_stream stream)
{
	return stream_names[stream];
}

/* ---- writing ---- */

static void add(struct log_head *head, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct log_head *head, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	head->size += (size_t)vsnprintf(head->text + head->size,
					sizeof(head->text) - head->size, format,
					arguments);
	va_end(arguments);
}

/* Names of workers need no escapes. */
static void make_json_head(struct log_head *head, const struct log_line *like,
			   const char *time)
{
	add(head, "{");
	if (like->at_us != 0)
		add(head, "\"time\":\"%s\",", time);
	if (*like->worker)
		add(head, "\"worker\":\"%s\",", like->worker);
	if (like->run > 0)
		add(head, "\"run\":%" PRIu64 ",", like->run);
	if (like->pid > 0)
		add(head, "\"pid\":%" PRIu64 ",", like->pid);
	if (like->stream != LOG_NO_STREAM)
		add(head, "\"stream\":\"%s\",", log_stream_name(like->stream));
	add(head, "\"line\":\"");
}

void log_head_init(struct log_head *head, enum log_format format,
		   const struct log_line *like)
{
	char time[CLOCK_TEXT_SIZE];

	head->format = format;
	head->size = 0;
	clock_format_utc(like->at_us, time);
	if (format == LOG_JSON)
		make_json_head(head, like, time);
	else if (format == LOG_TAGGED)
		add(head, "%s %s %" PRIu64 " %s", time, like->worker, like->run,
		    log_stream_name(like->stream));
}

static char *put(char *out, const char *data, size_t size)
{
	memcpy(out, data, size);
	return out + size;
}

static char *put_text(char *out, const char *text)
{
	return put(out, text, strlen(text));
}

static char *put_json(char *out, struct bytes text)
{
	for (;;) {
		size_t plain = escape_json_plain(text);

		out = put(out, text.data, plain);
		text = (struct bytes){(const char *)text.data + plain,
				      text.size - plain};
		if (text.size == 0)
			return out;
		out += escape_json_next(&text, out);
	}
}

size_t log_head_line(const struct log_head *head, struct bytes text,
		     bool partial, char *out)
{
	char *at = put(out, head->text, head->size);

	switch (head->format) {
	case LOG_INHERIT: /* of which no line comes here */
	case LOG_RAW:
		at = put(at, text.data, text.size);
		if (partial)
			return (size_t)(at - out);
		break;
	case LOG_TAGGED:
		at = put_text(at, partial ? "+ " : " ");
		at = put(at, text.data, text.size);
		break;
	case LOG_JSON:
		at = put_json(at, text);
		at = put_text(at, partial ? "\",\"partial\":true}" : "\"}");
		break;
	}
	*at++ = '\n';
	return (size_t)(at - out);
}

/* ---- reading ---- */

/* What is left to be read of a line. */
struct rest {
	char *at;
	size_t size;
};

static bool skip(struct rest *rest, const char *text)
{
	size_t length = strlen(text);

	if (rest->size < length || memcmp(rest->at, text, length) != 0)
		return false;
	rest->at += length;
	rest->size -= length;
	return true;
}

static bool read_time(struct rest *rest, int64_t *at_us)
{
	if (clock_parse_utc(rest->at, rest->size, at_us) < 0)
		return false;
	rest->at += CLOCK_UTC_LENGTH;
	rest->size -= CLOCK_UTC_LENGTH;
	return true;
}

static bool read_number(struct rest *rest, uint64_t *number)
{
	const char *begin = rest->at;

	*number = 0;
	for (; rest->size > 0 && *rest->at >= '0' && *rest->at <= '9';
	     rest->at++, rest->size--)
		*number = *number * 10 + (uint64_t)(*rest->at - '0');
	return rest->at > begin && rest->at - begin < 20;
}

/* The name of a worker, up to `end`. */
static bool read_worker(struct rest *rest, char end,
			char name[WORKER_NAME_SIZE])
{
	const char *found = memchr(rest->at, end, rest->size);
	size_t length = found ? (size_t)(found - rest->at) : 0;

	if (length == 0 || length >= WORKER_NAME_SIZE)
		return false;
	memcpy(name, rest->at, length);
	name[length] = '\0';
	rest->at += length;
	rest->size -= length;
	return true;
}

static bool read_stream(struct rest *rest, enum log_stream *stream)
{
	*stream = skip(rest, "out")   ? LOG_OUT
		  : skip(rest, "err") ? LOG_ERR
				      : LOG_NO_STREAM;
	return *stream != LOG_NO_STREAM;
}

static bool parse_tagged(struct log_line *line, struct rest rest)
{
	if (!read_time(&rest, &line->at_us) || !skip(&rest, " ") ||
	    !read_worker(&rest, ' ', line->worker) || !skip(&rest, " ") ||
	    !read_number(&rest, &line->run) || !skip(&rest, " ") ||
	    !read_stream(&rest, &line->stream))
		return false;
	line->partial = skip(&rest, "+");
	if (!skip(&rest, " "))
		return false;
	line->text = (struct bytes){rest.at, rest.size};
	return true;
}

static uint32_t hex(char digit)
{
	return (uint32_t)(digit <= '9' ? digit - '0'
				       : (digit | 0x20) - 'a' + 10) &
	       0xf;
}

/* The character of \uNNNN, which takes less room than its escape. */
static size_t read_escape(const char *digits, char *out)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | hex(digits[i]);
	return utf8_encode(code, out);
}

/* Reads a JSON string after its first quote, which the logger has written. The
 * escapes go, in place. */
static bool read_string(struct rest *rest, struct bytes *text)
{
	char *begin = rest->at, *out = rest->at;

	while (rest->size > 0 && *rest->at != '"') {
		size_t taken = 1;

		if (*rest->at == '\\' && rest->size >= 6 &&
		    rest->at[1] == 'u') {
			taken = 6;
			out += read_escape(rest->at + 2, out);
		} else if (*rest->at == '\\' && rest->size >= 2) {
			taken = 2;
			*out++ = rest->at[1];
		} else {
			*out++ = *rest->at;
		}
		rest->at += taken;
		rest->size -= taken;
	}
	*text = (struct bytes){begin, (size_t)(out - begin)};
	return skip(rest, "\"");
}

static bool parse_json(struct log_line *line, struct rest rest)
{
	if (!skip(&rest, "{\"time\":\"") || !read_time(&rest, &line->at_us) ||
	    !skip(&rest, "\",\"worker\":\"") ||
	    !read_worker(&rest, '"', line->worker) ||
	    !skip(&rest, "\",\"run\":") || !read_number(&rest, &line->run) ||
	    (skip(&rest, ",\"pid\":") && !read_number(&rest, &line->pid)) ||
	    !skip(&rest, ",\"stream\":\"") ||
	    !read_stream(&rest, &line->stream) ||
	    !skip(&rest, "\",\"line\":\""))
		return false;
	if (!read_string(&rest, &line->text))
		return false;
	line->partial = skip(&rest, ",\"partial\":true");
	return skip(&rest, "}");
}

/* The escapes go in place. NOLINTNEXTLINE(readability-non-const-parameter) */
void log_line_parse(struct log_line *line, char *data, size_t size)
{
	const struct rest rest = {data, size};

	*line = (struct log_line){0};
	if (size > 0 &&
	    (*data == '{' ? parse_json(line, rest) : parse_tagged(line, rest)))
		return;
	*line = (struct log_line){.text = {data, size}};
}
