#include "config.h"

#include "cli/log-print.h"

#include "base/escape.h"

#include <stdlib.h>
#include <string.h>

/* A longer line is printed piece by piece. */
enum { LINE_SIZE = 64 * 1024 };

static void print_name(const struct log_print *print)
{
	if (print->color)
		fprintf(print->out, "\033[%sm%-*s |\033[0m ", print->color,
			print->name_width, print->name);
	else
		fprintf(print->out, "%-*s | ", print->name_width, print->name);
}

static void print_text(const struct log_print *print, const char *text,
		       size_t size)
{
	char *escaped;

	if (!print->escape) {
		fwrite(text, 1, size, print->out);
		return;
	}
	escaped = escape_text((struct bytes){text, size});
	if (!escaped)
		abort();
	fputs(escaped, print->out);
	free(escaped);
}

/* Prints a line with its end, or a piece of one. */
static void print_piece(struct log_print *print, const char *text, size_t size)
{
	if (print->name && !print->within)
		print_name(print);
	print_text(print, text, size);
	print->within = text[size - 1] != '\n';
}

/* Keeps the beginning of a line; prints it where it gets too long. */
static void keep(struct log_print *print, const char *text, size_t size)
{
	while (size > 0) {
		size_t room = LINE_SIZE - print->used;
		size_t part = size < room ? size : room;

		if (!print->line)
			print->line = malloc(LINE_SIZE);
		if (!print->line)
			abort();
		memcpy(print->line + print->used, text, part);
		print->used += part;
		text += part;
		size -= part;
		if (print->used == LINE_SIZE) {
			print_piece(print, print->line, LINE_SIZE);
			print->used = 0;
		}
	}
}

void log_print(struct log_print *print, const char *data, size_t size)
{
	const char *end;

	while (size > 0 && (end = memchr(data, '\n', size))) {
		size_t length = (size_t)(end - data) + 1;

		if (print->used > 0) {
			print_piece(print, print->line, print->used);
			print->used = 0;
		}
		print_piece(print, data, length);
		data += length;
		size -= length;
	}
	keep(print, data, size);
}

void log_print_rest(struct log_print *print)
{
	if (print->used > 0)
		print_piece(print, print->line, print->used);
	print->used = 0;
	if (print->within && (print->name || print->escape))
		putc('\n', print->out);
	print->within = false;
}

void log_print_release(struct log_print *print)
{
	free(print->line);
}
