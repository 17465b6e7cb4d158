#include "config.h"

#include "supervisor/loader-mistakes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* As much of a long line is shown. */
enum { SHOWN_BEFORE = 60, SHOWN_LENGTH = 160 };

struct mistake {
	struct mistake *before;
	struct place place;
	const char *text;
};

void mistakes_add(struct mistakes *mistakes, struct place place,
		  const char *format, ...)
{
	struct mistake *mistake =
		arena_alloc(mistakes->arena, sizeof(*mistake));
	char text[1536];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	mistake->text = arena_text(mistakes->arena, text, strlen(text));
	mistake->place = place;
	mistake->before = mistakes->last;
	mistakes->last = mistake;
	mistakes->count++;
}

static int compare(const void *left, const void *right)
{
	const struct mistake *a = left;
	const struct mistake *b = right;

	if (a->place.source != b->place.source)
		return a->place.source->index < b->place.source->index ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	return strcmp(a->text, b->text);
}

/* Where the character after the one at `at` begins. */
static size_t next_character(const char *line, size_t at)
{
	do
		at++;
	while (((unsigned char)line[at] & 0xc0) == 0x80);
	return at;
}

/* Writes the line of a place and a caret under it. A tab stays one, so that the
 * caret stands right whatever its width is. */
static void print_line(struct place place, FILE *file)
{
	size_t length;
	const char *line = source_line(place.source, place.line, &length);
	size_t from = 0;
	size_t caret = 0;
	size_t shown;

	for (unsigned column = 1; column < place.column && caret < length;
	     column++)
		caret = next_character(line, caret);
	while (caret - from > SHOWN_BEFORE)
		from = next_character(line, from);
	for (shown = from; shown < length && shown - from < SHOWN_LENGTH;)
		shown = next_character(line, shown);
	fprintf(file, "%s%.*s%s\n", from > 0 ? "…" : "", (int)(shown - from),
		line + from, shown < length ? "…" : "");
	if (from > 0)
		fputc(' ', file);
	for (size_t at = from; at < caret; at = next_character(line, at))
		fputc(line[at] == '\t' ? '\t' : ' ', file);
	fputs("^\n", file);
}

void mistakes_print(const struct mistakes *mistakes, FILE *file)
{
	struct mistake *sorted = arena_alloc(
		mistakes->arena, (mistakes->count + 1) * sizeof(*sorted));
	size_t count = 0;

	for (const struct mistake *m = mistakes->last; m; m = m->before)
		sorted[count++] = *m;
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; i < count; i++) {
		const struct mistake *m = &sorted[i];

		if (i > 0 && compare(m - 1, m) == 0)
			continue;
		fprintf(file, "%s:%u:%u: error: %s\n", m->place.source->path,
			m->place.line, m->place.column, m->text);
		print_line(m->place, file);
	}
}
