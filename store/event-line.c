#include "config.h"

#include "store/event-line.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/ending.h"
#include "base/escape.h"
#include "base/signals.h"
#include "base/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *text_of(const json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));

	return text ? text : "";
}

static json_int_t number_of(const json_t *event, const char *name)
{
	return json_integer_value(json_object_get(event, name));
}

/* RFC 3339, as clock_format_utc() writes it, in local time. */
static void format_time(const json_t *event, char text[CLOCK_TEXT_SIZE])
{
	struct tm parts = {0};
	const char *rest =
		strptime(text_of(event, "at"), "%Y-%m-%dT%H:%M:%S", &parts);
	int64_t ms = rest && *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

	clock_format_local((int64_t)timegm(&parts) * 1000000 + ms * 1000, text);
}

/* Prints text up to the end of its first line. */
static void print_first_line(FILE *out, const char *text)
{
	fprintf(out, "%.*s", (int)strcspn(text, "\n"), text);
}

static void print_duration(FILE *out, const char *before, const json_t *event,
			   const char *name)
{
	double seconds = json_number_value(json_object_get(event, name));
	char text[DURATION_TEXT_SIZE];

	if (seconds <= 0)
		return;
	duration_format_short((int64_t)(seconds * 1e9), text);
	fprintf(out, "%s%s", before, text);
}

static void print_run(FILE *out, const json_t *event)
{
	fprintf(out, "run %" JSON_INTEGER_FORMAT " ", number_of(event, "run"));
}

/* Who asked for it: "restart by user 0". Returns whether somebody did. */
static bool print_asker(FILE *out, const char *before, const json_t *event)
{
	const char *command = text_of(event, "command");

	if (*command == '\0')
		return false;
	fprintf(out, "%s%s", before, command);
	if (json_object_get(event, "uid"))
		fprintf(out, " by user %" JSON_INTEGER_FORMAT,
			number_of(event, "uid"));
	return true;
}

static void print_spawned(FILE *out, const json_t *event)
{
	const char *by = text_of(event, "by");

	print_run(out, event);
	fprintf(out, "started, pid %" JSON_INTEGER_FORMAT,
		number_of(event, "pid"));
	if (print_asker(out, " (", event))
		putc(')', out);
	else if (*by)
		fprintf(out, " (%s)", by);
}

static void print_ready(FILE *out, const json_t *event)
{
	print_run(out, event);
	fputs("is ready", out);
}

/* What reeve ended a run for, where the cause does not say it all. */
static void print_why(FILE *out, const json_t *event)
{
	const char *why = text_of(event, "text");

	if (*why == '\0')
		return;
	fputs(", ", out);
	print_first_line(out, why);
}

static void print_stopping(FILE *out, const json_t *event)
{
	print_run(out, event);
	fprintf(out, "was asked to end (%s", text_of(event, "cause"));
	print_asker(out, ": ", event);
	putc(')', out);
	print_why(out, event);
}

static enum end_cause cause_of(const json_t *event)
{
	const char *word = text_of(event, "cause");
	enum end_cause cause = CAUSE_NONE;

	for (int i = 0; i < END_CAUSE_COUNT; i++)
		if (!strcmp(end_cause_name((enum end_cause)i), word))
			cause = (enum end_cause)i;
	return cause;
}

static void print_ended(FILE *out, const json_t *event)
{
	struct ending ending = {
		.cause = cause_of(event),
		.code = (int)number_of(event, "exit_code"),
		.core = json_is_true(json_object_get(event, "core")),
	};
	const char *signal = text_of(event, "exit_signal");
	const char *object = text_of(event, "object");
	char words[ENDING_TEXT_SIZE];

	print_run(out, event);
	if (ending.cause == CAUSE_NOT_STARTED) {
		fprintf(out, "could not start: %s%s%s: %s",
			text_of(event, "step"), *object ? " " : "", object,
			text_of(event, "error"));
	} else {
		ending.signal = *signal ? signal_parse(signal) : 0;
		ending_describe(&ending, words);
		fputs("ended", out);
		print_duration(out, " after ", event, "uptime_s");
		fprintf(out, ": %s", words);
		print_why(out, event);
	}
	print_duration(out, "; next start in ", event, "delay_s");
}

static void print_oom_kill(FILE *out, const json_t *event)
{
	print_run(out, event);
	fputs("goes on, but ", out);
	print_first_line(out, text_of(event, "text"));
}

static void print_core(FILE *out, const json_t *event)
{
	print_run(out, event);
	fputs("left a core: ", out);
	print_first_line(out, text_of(event, "text"));
}

static void print_backtrace(FILE *out, const json_t *event)
{
	print_run(out, event);
	fputs("crashed in ", out);
	print_first_line(out, text_of(event, "text"));
}

static void print_placement(FILE *out, const json_t *event)
{
	print_run(out, event);
	print_first_line(out, text_of(event, "text"));
}

static void print_state(FILE *out, const json_t *event)
{
	fprintf(out, "is %s now, was %s", text_of(event, "state"),
		text_of(event, "state_before"));
	print_duration(out, "; next start in ", event, "delay_s");
}

static void print_command(FILE *out, const json_t *event)
{
	const char *names = text_of(event, "text");

	fprintf(out, "user %" JSON_INTEGER_FORMAT " asked for: %s%s",
		number_of(event, "uid"), text_of(event, "command"),
		*names ? " " : "");
	print_first_line(out, names);
}

static void print_config_loaded(FILE *out, const json_t *event)
{
	fprintf(out, "config %" JSON_INTEGER_FORMAT " is in force",
		number_of(event, "config"));
	print_asker(out, ": ", event);
}

static void print_config_refused(FILE *out, const json_t *event)
{
	fputs("the config has mistakes: ", out);
	print_first_line(out, text_of(event, "text"));
}

static void print_swept(FILE *out, const json_t *event)
{
	fprintf(out,
		"killed %" JSON_INTEGER_FORMAT " of run %" JSON_INTEGER_FORMAT
		": ",
		number_of(event, "count"), number_of(event, "run"));
	print_first_line(out, text_of(event, "text"));
}

static void print_gap(FILE *out, const json_t *event)
{
	json_int_t count = number_of(event, "count");

	fprintf(out, "%" JSON_INTEGER_FORMAT " event%s missing here", count,
		count == 1 ? " is" : "s are");
}

static void print_output_lost(FILE *out, const json_t *event)
{
	fprintf(out,
		"%" JSON_INTEGER_FORMAT " bytes that it printed are lost: ",
		number_of(event, "count"));
	print_first_line(out, text_of(event, "text"));
}

static void print_health(FILE *out, const json_t *event)
{
	const char *text = text_of(event, "text");

	if (strcmp(text, "ok") == 0) {
		fputs("is healthy again", out);
		return;
	}
	fputs("is not healthy: ", out);
	print_first_line(out, text);
}

static void print_hook(FILE *out, const json_t *event)
{
	const char *signal = text_of(event, "exit_signal");
	const char *text = text_of(event, "text");

	fprintf(out, "hook for %s ended", text_of(event, "by"));
	print_duration(out, " after ", event, "uptime_s");
	if (*signal)
		fprintf(out, ": %s", signal);
	else if (number_of(event, "exit_code") > 0)
		fprintf(out, ": exit code %" JSON_INTEGER_FORMAT,
			number_of(event, "exit_code"));
	if (number_of(event, "count") > 0)
		fprintf(out, ", for %" JSON_INTEGER_FORMAT " more too",
			number_of(event, "count"));
	if (*text) {
		fputs("; ", out);
		print_first_line(out, text);
	}
}

static void print_started(FILE *out, const json_t *event)
{
	(void)event;
	fputs("the instance has started", out);
}

static void print_stopped(FILE *out, const json_t *event)
{
	fputs("the instance has stopped", out);
	print_asker(out, ": ", event);
}

static void print_rolled(FILE *out, const json_t *event)
{
	(void)event;
	fputs("all its workers have new runs", out);
}

static void print_text(FILE *out, const json_t *event)
{
	print_first_line(out, text_of(event, "text"));
}

static const struct {
	const char *event;
	void (*print)(FILE *out, const json_t *event);
} words[] = {
	{"instance-started", print_started},
	{"instance-stopped", print_stopped},
	{"config-loaded", print_config_loaded},
	{"config-refused", print_config_refused},
	{"command", print_command},
	{"spawned", print_spawned},
	{"ready", print_ready},
	{"health", print_health},
	{"hook", print_hook},
	{"stopping", print_stopping},
	{"ended", print_ended},
	{"state", print_state},
	{"swept", print_swept},
	{"oom-kill", print_oom_kill},
	{"core", print_core},
	{"backtrace", print_backtrace},
	{"placement", print_placement},
	{"rolled", print_rolled},
	{"gap", print_gap},
	{"output-lost", print_output_lost},
};

static void describe(FILE *out, const json_t *event)
{
	const char *kind = text_of(event, "event");
	void (*print)(FILE *, const json_t *) = print_text;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].event, kind))
			print = words[i].print;
	print(out, event);
}

static void print_all(FILE *out, const json_t *event)
{
	const char *worker = text_of(event, "worker");
	char at[CLOCK_TEXT_SIZE];

	format_time(event, at);
	fprintf(out, "%s  %-10s  %-9s  ", at,
		*worker ? worker : text_of(event, "pool"),
		text_of(event, "event"));
	describe(out, event);
}

/* What is printed of an event as one line that is safe for a terminal, wherever
 * the event comes from. The caller frees it; NULL when memory is short. */
static char *compose(void (*print)(FILE *, const json_t *), const json_t *event)
{
	char *text = NULL, *safe;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print(out, event);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	safe = escape_text((struct bytes){text, size});
	free(text);
	for (char *at = safe; at && *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	return safe;
}

char *event_line_words(const json_t *event)
{
	return compose(describe, event);
}

void event_line_print(FILE *out, const json_t *event)
{
	char *line = compose(print_all, event);

	fprintf(out, "%s\n", line ? line : "");
	free(line);
}
