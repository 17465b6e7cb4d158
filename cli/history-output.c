#include "config.h"

#include "cli/history-output.h"

#include "base/clock.h"
#include "cli/cut.h"
#include "cli/event-line.h"
#include "store/event.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_TIME, COLUMN_WORKER, COLUMN_EVENT, COLUMN_WHAT, COLUMN_COUNT };

static const char *const titles[COLUMN_COUNT] = {"TIME", "WORKER", "EVENT",
						 "WHAT HAPPENED"};

/* The columns of the CSV; members of the object, but for the last one, which
 * is what the table says. */
static const char *const csv_columns[] = {
	"at",	     "event",	    "pool",	    "worker",
	"run",	     "pid",	    "state",	    "cause",
	"exit_code", "exit_signal", "core",	    "uptime_s",
	"delay_s",   "cpu_user_s",  "cpu_system_s", "max_rss_bytes",
	"what",
};
enum { CSV_COUNT = sizeof(csv_columns) / sizeof(csv_columns[0]) };

struct row {
	char *cells[COLUMN_COUNT];
};

struct history_output {
	enum history_form form;
	FILE *out;
	int columns;
	/* The table is kept until its widths are known. */
	struct row *rows;
	size_t count;
	size_t capacity;
};

/* The command may die when there is no memory; nothing is lost. */
static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct history_output *history_output_new(enum history_form form, FILE *out,
					  int columns)
{
	struct history_output *output = must(calloc(1, sizeof(*output)));

	output->form = form;
	output->out = out;
	output->columns = columns;
	if (form == HISTORY_CSV)
		for (size_t i = 0; i < CSV_COUNT; i++)
			fprintf(out, "%s%s", csv_columns[i],
				i + 1 < CSV_COUNT ? "," : "\r\n");
	return output;
}

/* What happened, in words on one line. The caller frees it. */
static char *describe(const json_t *event)
{
	char *text = NULL;
	size_t size;
	FILE *words = must(open_memstream(&text, &size));

	event_line_describe(words, event);
	fclose(words);
	for (char *at = must(text); *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	return text;
}

static const char *text_of(const json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));

	return text ? text : "";
}

static void keep_row(struct history_output *output, int64_t at_us,
		     const json_t *event)
{
	const char *worker = text_of(event, "worker");
	char time[CLOCK_TEXT_SIZE];
	struct row *row;

	if (output->count == output->capacity) {
		output->capacity = output->capacity * 2 + 64;
		output->rows = must(
			realloc(output->rows, output->capacity * sizeof(*row)));
	}
	row = &output->rows[output->count++];
	clock_format_local(at_us, time);
	row->cells[COLUMN_TIME] = must(strdup(time));
	row->cells[COLUMN_WORKER] =
		must(strdup(*worker ? worker : text_of(event, "pool")));
	row->cells[COLUMN_EVENT] = must(strdup(text_of(event, "event")));
	row->cells[COLUMN_WHAT] = describe(event);
}

/* One field by RFC 4180: quoted where it has to be. */
static void write_field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void write_value(FILE *out, const json_t *value)
{
	char *text = NULL;

	if (json_is_string(value)) {
		write_field(out, json_string_value(value));
	} else if (value) {
		text = json_dumps(value,
				  JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		write_field(out, must(text));
		free(text);
	}
}

static void write_csv(FILE *out, const json_t *event)
{
	char *what = describe(event);

	for (size_t i = 0; i + 1 < CSV_COUNT; i++) {
		write_value(out, json_object_get(event, csv_columns[i]));
		putc(',', out);
	}
	write_field(out, what);
	fputs("\r\n", out);
	free(what);
}

void history_output_add(struct history_output *output,
			const struct past_event *event)
{
	json_t *object = must(past_event_to_json(event));

	switch (output->form) {
	case HISTORY_TABLE:
		keep_row(output, event->at_us, object);
		break;
	case HISTORY_JSON:
		json_dumpf(object, output->out, EVENT_JSON_FLAGS);
		putc('\n', output->out);
		break;
	case HISTORY_CSV:
		write_csv(output->out, object);
		break;
	}
	json_decref(object);
}

static void print_row(const struct history_output *output,
		      const char *const cells[COLUMN_COUNT],
		      const size_t widths[COLUMN_COUNT])
{
	size_t room = SIZE_MAX;

	if (output->columns > 0)
		room = (size_t)output->columns;
	for (int i = 0; i < COLUMN_WHAT; i++) {
		fprintf(output->out, "%-*s  ", (int)widths[i], cells[i]);
		room = room > widths[i] + 2 ? room - widths[i] - 2 : 0;
	}
	/* On a very narrow terminal lines wrap: no words would help nobody. */
	cut_print(output->out, cells[COLUMN_WHAT], strlen(cells[COLUMN_WHAT]),
		  room > 20 ? room : SIZE_MAX);
	putc('\n', output->out);
}

static void print_table(const struct history_output *output)
{
	size_t widths[COLUMN_COUNT];

	for (int i = 0; i < COLUMN_COUNT; i++) {
		widths[i] = strlen(titles[i]);
		for (size_t j = 0; j < output->count; j++) {
			const char *cell = output->rows[j].cells[i];
			size_t width = cut_width(cell, strlen(cell));

			if (width > widths[i])
				widths[i] = width;
		}
	}
	print_row(output, titles, widths);
	for (size_t i = 0; i < output->count; i++)
		print_row(output, (const char *const *)output->rows[i].cells,
			  widths);
}

void history_output_end(struct history_output *output)
{
	if (output->form == HISTORY_TABLE)
		print_table(output);
	for (size_t i = 0; i < output->count; i++)
		for (int j = 0; j < COLUMN_COUNT; j++)
			free(output->rows[i].cells[j]);
	free(output->rows);
	free(output);
}
