#include "config.h"

#include "cli/post-mortem.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/escape.h"
#include "base/size.h"
#include "cli/cut.h"
#include "cli/sparkline.h"
#include "cli/terminal.h"
#include "live/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINES_MAX = 10, /* of the last output */
	LINE_WIDTH = 200, /* where it is no terminal */
	SPARKLINE_WIDTH = 50,
};

/* The first words of a line, under which the others are aligned. */
#define LABEL "  %-12s"

static void print_label(FILE *out, const char *label)
{
	fprintf(out, LABEL, label);
}

static void print_time(FILE *out, const char *label, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format_local(at_us, text);
	print_label(out, label);
	fputs(text, out);
}

static void print_duration(FILE *out, const char *before, int64_t us)
{
	char text[DURATION_TEXT_SIZE];

	duration_format_short(us > 0 ? us * 1000 : 0, text);
	fprintf(out, "%s%s", before, text);
}

/* In words, safe for a terminal. The caller frees it. */
static char *describe(const struct past_run *run)
{
	char words[ENDING_TEXT_SIZE];

	if (run->ended_at_us == 0)
		return strdup("is still up");
	ending_describe(&run->ending, words);
	return escape_text((struct bytes){words, strlen(words)});
}

static void print_head(FILE *out, const struct past_run *run)
{
	char *words = describe(run);

	fprintf(out, "%s %s\n\n", run->worker, words ? words : "");
	free(words);
}

static void print_times(FILE *out, const struct past_run *run)
{
	print_label(out, "run");
	fprintf(out, "%" PRId64, run->run);
	if (run->pid > 0)
		fprintf(out, ", pid %" PRId64, run->pid);
	if (run->config > 0)
		fprintf(out, ", config %" PRId64, run->config);
	putc('\n', out);
	if (run->started_at_us != 0) {
		print_time(out, "started", run->started_at_us);
		if (run->started_by[0] != '\0')
			fprintf(out, " (%s)", run->started_by);
		if (run->ready_at_us != 0)
			print_duration(out, ", ready after ",
				       run->ready_at_us - run->started_at_us);
		putc('\n', out);
	}
	if (run->ended_at_us != 0) {
		print_time(out, "ended", run->ended_at_us);
		if (run->started_at_us != 0 && run->pid > 0)
			print_duration(out, ", after ",
				       run->ended_at_us - run->started_at_us);
		putc('\n', out);
	}
}

static void print_why(FILE *out, const struct past_run *run)
{
	if (run->why[0] == '\0')
		return;
	print_label(out, "because");
	fprintf(out, "%s\n", run->why);
}

/* What it said of itself, by sd_notify(3). */
static void print_told(FILE *out, const struct past_run *run)
{
	const char *before = "";

	if (run->told_errno == 0 && run->told_exit_status < 0 &&
	    run->told_status[0] == '\0')
		return;
	print_label(out, "told");
	if (run->told_errno != 0) {
		fprintf(out, "error %d, %s", run->told_errno,
			strerror(run->told_errno));
		before = "; ";
	}
	if (run->told_exit_status >= 0) {
		fprintf(out, "%sexit status %d", before, run->told_exit_status);
		before = "; ";
	}
	if (run->told_status[0] != '\0')
		fprintf(out, "%sstatus \"%s\"", before, run->told_status);
	putc('\n', out);
}

static void print_usage(FILE *out, const struct past_run *run)
{
	char text[SIZE_TEXT_SIZE];

	if (run->cpu_us < 0)
		return;
	print_label(out, "used");
	print_duration(out, "", run->cpu_us);
	size_format_short(run->max_rss_bytes, text);
	fprintf(out, " of CPU time, %s of memory at most\n", text);
}

static struct live_sample sample_at(const struct past_run *run, size_t i)
{
	struct live_sample sample;

	memcpy(&sample, run->samples + i * sizeof(sample), sizeof(sample));
	return sample;
}

/* The samples before the end, as two lines of bars. */
static void print_samples(FILE *out, const struct past_run *run)
{
	uint32_t cpu[LIVE_SAMPLES], memory[LIVE_SAMPLES];
	uint32_t most_cpu = 0, most_memory = 0;
	size_t count = run->samples_size / sizeof(struct live_sample);
	bool blocks = sparkline_has_blocks();
	char text[SIZE_TEXT_SIZE];

	if (count > LIVE_SAMPLES)
		count = LIVE_SAMPLES;
	for (size_t i = 0; i < count; i++) {
		struct live_sample sample = sample_at(run, i);

		cpu[i] = sample.cpu_permille;
		memory[i] = sample.rss_kib;
		most_cpu = cpu[i] > most_cpu ? cpu[i] : most_cpu;
		most_memory = memory[i] > most_memory ? memory[i] : most_memory;
	}
	if (count == 0)
		return;
	print_label(out, "CPU");
	sparkline_print(out, cpu, count, SPARKLINE_WIDTH, blocks);
	fprintf(out, " up to %u.%u%%\n", most_cpu / 10, most_cpu % 10);
	print_label(out, "memory");
	sparkline_print(out, memory, count, SPARKLINE_WIDTH, blocks);
	size_format_short((int64_t)most_memory * 1024, text);
	fprintf(out, " up to %s\n", text);
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

static void print_output(FILE *out, const struct past_run *run)
{
	const char *text = run->tail ? run->tail : "";
	const char *line = last_lines(text, LINES_MAX);
	int columns = terminal_columns(out);
	size_t room = columns > 20 ? (size_t)columns - 4 : LINE_WIDTH;

	if (*text == '\0')
		return;
	fprintf(out, "\n  last output%s\n",
		line > text ? " (the end of it)" : "");
	while (*line != '\0') {
		size_t length = strcspn(line, "\n");

		fputs("  | ", out);
		cut_print(out, line, length, room);
		putc('\n', out);
		line += length;
		line += *line == '\n';
	}
}

/* The first lines of a text, up to an empty one: what says the most. */
static void print_summary(FILE *out, const char *text, size_t room)
{
	int lines = 0;

	while (*text != '\0' && *text != '\n') {
		size_t length = strcspn(text, "\n");

		if (lines++ < LINES_MAX) {
			fputs("  | ", out);
			cut_print(out, text, length, room);
			putc('\n', out);
		}
		text += length;
		text += *text == '\n';
	}
	if (lines > LINES_MAX)
		fprintf(out, "  | and %d more lines\n", lines - LINES_MAX);
}

static void print_evidence(FILE *out, const struct post_mortem *post_mortem)
{
	int columns = terminal_columns(out);
	size_t room = columns > 20 ? (size_t)columns - 4 : LINE_WIDTH;
	char at[CLOCK_TEXT_SIZE];

	for (ssize_t i = 0; i < post_mortem->evidence_count; i++) {
		const struct past_evidence *one = &post_mortem->evidence[i];

		clock_format_local(one->at_us, at);
		fprintf(out, "\n  evidence, %s (all of it: --json)\n", at);
		print_summary(out, one->text ? one->text : "", room);
	}
}

static void print_decision(FILE *out, const struct past_run *run)
{
	enum worker_state state = run->state_after;

	if (run->ended_at_us == 0)
		return;
	putc('\n', out);
	print_label(out, "decided");
	if (state == WORKER_FAILED)
		fputs("given up after too many crashes", out);
	else if (state == WORKER_STOPPED || state == WORKER_DONE)
		fputs("not to start it again", out);
	else if (run->delay_ns > 0)
		print_duration(out, "next start in ", run->delay_ns / 1000);
	else
		fputs("start it again at once", out);
	putc('\n', out);
}

static void print_next(FILE *out, const struct post_mortem *post_mortem)
{
	const struct past_run *run = &post_mortem->run;
	const struct past_run *next = &post_mortem->next;
	char *words;

	if (run->ended_at_us == 0)
		return;
	if (!post_mortem->has_next) {
		print_label(out, "then");
		fputs("nothing: there is no later run\n", out);
		return;
	}
	words = describe(next);
	print_time(out, "then", next->started_at_us);
	print_duration(out, ", ", next->started_at_us - run->ended_at_us);
	fprintf(out, " later: run %" PRId64 ", which %s", next->run,
		words ? words : "");
	if (next->ended_at_us != 0 && next->pid > 0)
		print_duration(out, " after ",
			       next->ended_at_us - next->started_at_us);
	putc('\n', out);
	free(words);
}

static void print_killed(FILE *out, const struct post_mortem *post_mortem)
{
	if (!post_mortem->killed)
		return;
	print_label(out, "killed");
	fprintf(out, "%s\n", post_mortem->killed);
}

void post_mortem_print(FILE *out, const struct post_mortem *post_mortem)
{
	const struct past_run *run = &post_mortem->run;

	print_head(out, run);
	print_times(out, run);
	print_why(out, run);
	print_told(out, run);
	print_killed(out, post_mortem);
	print_usage(out, run);
	print_samples(out, run);
	print_output(out, run);
	print_evidence(out, post_mortem);
	print_decision(out, run);
	print_next(out, post_mortem);
}
