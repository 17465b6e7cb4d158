#include "config.h"

#include "cli/post-mortem-texts.h"

#include "base/clock.h"
#include "cli/cut.h"
#include "cli/terminal.h"

#include <string.h>

enum {
	OUTPUT_MAX = 10, /* lines of the last output … */
	OUTPUT_MIN = 3,
	OTHERS_MAX = 5, /* … and of the other texts */
	OTHERS_MIN = 2,
	TITLE_LINES = 2, /* an empty line and the title */
	LINE_WIDTH = 200, /* where it is no terminal */
};

static int smaller(int left, int right)
{
	return left < right ? left : right;
}

static size_t line_width(FILE *out)
{
	int columns = terminal_columns(out);

	return columns > 20 ? (size_t)columns - 4 : LINE_WIDTH;
}

/* Prints the next line of a text and returns what follows it. */
static const char *print_line(FILE *out, const char *text, size_t width)
{
	size_t length = strcspn(text, "\n");

	fputs("  | ", out);
	cut_print(out, text, length, width);
	putc('\n', out);
	text += length;
	return *text == '\n' ? text + 1 : text;
}

/* Where the last lines of `text` begin. */
static const char *last_lines(const char *text, int lines)
{
	size_t at = strlen(text);

	if (at > 0 && text[at - 1] == '\n')
		at--;
	while (at > 0 && (text[at - 1] != '\n' || --lines > 0))
		at--;
	return text + at;
}

/* How many lines a text has, up to an empty one: those that say the most. */
static int summary_lines(const char *text)
{
	int lines = 0;

	while (*text != '\0' && *text != '\n') {
		lines++;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

static void print_output(FILE *out, const struct past_run *run, int lines)
{
	const char *text = run->tail ? run->tail : "";
	const char *line = last_lines(text, lines);

	if (*text == '\0')
		return;
	fprintf(out, "\n  last output%s\n",
		line > text ? " (the end of it)" : "");
	while (*line != '\0')
		line = print_line(out, line, line_width(out));
}

/* The first lines of a text under a title. */
static void print_summary(FILE *out, const char *title, const char *text,
			  int lines)
{
	bool cut = summary_lines(text) > lines || strstr(text, "\n\n");

	fprintf(out, "\n  %s%s\n", title, cut ? " (all of it: --json)" : "");
	for (int i = 0; i < lines && *text != '\0' && *text != '\n'; i++)
		text = print_line(out, text, line_width(out));
}

static void print_evidence(FILE *out, const struct past_evidence *evidence,
			   int lines)
{
	char at[CLOCK_TEXT_SIZE], title[CLOCK_TEXT_SIZE + 16];

	clock_format_local(evidence->at_us, at);
	snprintf(title, sizeof(title), "evidence, %s", at);
	print_summary(out, title, evidence->text ? evidence->text : "", lines);
}

/* How many lines each of the other texts may have. */
static int share_out(int room, int others)
{
	int share;

	if (others == 0)
		return 0;
	share = (room - OUTPUT_MIN - TITLE_LINES) / others - TITLE_LINES;
	if (share < OTHERS_MIN)
		return OTHERS_MIN;
	return smaller(share, OTHERS_MAX);
}

void post_mortem_print_texts(FILE *out, const struct post_mortem *post_mortem,
			     int room)
{
	const struct past_run *run = &post_mortem->run;
	int others =
		(int)post_mortem->evidence_count + (run->backtrace ? 1 : 0);
	int share = share_out(room, others);
	int left = room - TITLE_LINES;

	if (run->backtrace)
		left -= TITLE_LINES +
			smaller(share, summary_lines(run->backtrace));
	for (ssize_t i = 0; i < post_mortem->evidence_count; i++)
		left -= TITLE_LINES +
			smaller(share,
				summary_lines(post_mortem->evidence[i].text));
	left = smaller(left, OUTPUT_MAX);
	print_output(out, run, left < OUTPUT_MIN ? OUTPUT_MIN : left);
	if (run->backtrace)
		print_summary(out, "backtrace", run->backtrace, share);
	for (ssize_t i = 0; i < post_mortem->evidence_count; i++)
		print_evidence(out, &post_mortem->evidence[i], share);
}
