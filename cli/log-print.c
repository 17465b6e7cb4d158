#include "config.h"

#include "cli/log-print.h"

#include "base/clock.h"
#include "base/escape.h"
#include "store/log-lines.h"

#include <stdlib.h>
#include <string.h>

/* SGR parameters of names. */
static const char *const colors[] = {"36", "33", "32", "35", "34", "31"};
enum { COLOR_COUNT = sizeof(colors) / sizeof(colors[0]) };

enum { JSON_LINE_SIZE = LOG_LINES_SIZE * ESCAPE_JSON_SIZE + 2 * LOG_HEAD_SIZE };

static void print_head(const struct log_print *print, const char *name,
		       size_t number, const struct log_line *line)
{
	char time[CLOCK_TEXT_SIZE];

	if (line->at_us != 0) {
		clock_format_local(line->at_us, time);
		fprintf(print->out, "%s ", time);
	}
	if (print->names && print->color)
		fprintf(print->out, "\033[%sm%-*s |\033[0m ",
			colors[number % COLOR_COUNT], print->name_width, name);
	else if (print->names)
		fprintf(print->out, "%-*s | ", print->name_width, name);
}

static void print_text(const struct log_print *print, struct bytes text)
{
	char *escaped;

	if (!print->escape) {
		fwrite(text.data, 1, text.size, print->out);
		return;
	}
	escaped = escape_text(text);
	if (!escaped)
		abort();
	fputs(escaped, print->out);
	free(escaped);
}

static void print_json(struct log_print *print, const char *name,
		       const struct log_line *line)
{
	struct log_line whole = *line;
	struct log_head head;

	if (!print->json_line)
		print->json_line = malloc(JSON_LINE_SIZE);
	if (!print->json_line)
		abort();
	snprintf(whole.worker, sizeof(whole.worker), "%s", name);
	log_head_init(&head, LOG_JSON, &whole);
	fwrite(print->json_line, 1,
	       log_head_line(&head, line->text, line->partial,
			     print->json_line),
	       print->out);
}

void log_print_line(struct log_print *print, const char *name, size_t number,
		    const struct log_line *line)
{
	bool goes_on =
		print->within == name && print->within_stream == line->stream;

	if (print->json) {
		print_json(print, name, line);
		return;
	}
	if (print->within && !goes_on)
		putc('\n', print->out);
	if (!goes_on)
		print_head(print, name, number, line);
	print_text(print, line->text);
	if (!line->partial)
		putc('\n', print->out);
	print->within = line->partial ? name : NULL;
	print->within_stream = line->stream;
}

void log_print_end(struct log_print *print)
{
	if (print->within && (print->names || print->escape ||
			      print->within_stream != LOG_NO_STREAM))
		putc('\n', print->out);
	print->within = NULL;
	free(print->json_line);
	print->json_line = NULL;
}
