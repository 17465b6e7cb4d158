#include "config.h"

#include "cli/post-mortem.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/escape.h"
#include "base/size.h"
#include "cli/post-mortem-texts.h"
#include "cli/span.h"
#include "cli/sparkline.h"
#include "cli/terminal.h"
#include "live/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SPARKLINE_WIDTH = 50 };

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

/* Why it was started or ended, and by whom if somebody asked for it: "(reload:
 * SIGHUP by user 1000)". */
static void print_asker(FILE *out, const char *reason, const char *command,
			int64_t uid)
{
	bool same =
		strcmp(reason, "command") == 0 || strcmp(reason, command) == 0;

	if (*command == '\0' && uid < 0 && *reason == '\0')
		return;
	fputs(" (", out);
	if (*command == '\0' || !same)
		fputs(reason, out);
	if (*command != '\0')
		fprintf(out, "%s%s", same || *reason == '\0' ? "" : ": ",
			command);
	if (uid >= 0)
		fprintf(out, " by user %" PRId64, uid);
	putc(')', out);
}

static void print_times(FILE *out, const struct past_run *run)
{
	print_label(out, "run");
	fprintf(out, "%" PRId64, run->run);
	if (run->pid > 0)
		fprintf(out, ", pid %" PRId64, run->pid);
	if (run->config > 0)
		fprintf(out, ", config %" PRId64, run->config);
	if (run->cpus[0] != '\0')
		fprintf(out, ", CPUs %s", run->cpus);
	putc('\n', out);
	if (run->started_at_us != 0) {
		print_time(out, "started", run->started_at_us);
		print_asker(out, run->started_by, run->started_command,
			    run->started_uid);
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
		if (run->ended_command[0] != '\0' || run->ended_uid >= 0)
			print_asker(out, "", run->ended_command,
				    run->ended_uid);
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

/* What the kernel said of its memory when the OOM killer struck. */
static void print_oom(FILE *out, const struct past_run *run)
{
	char text[SIZE_TEXT_SIZE];

	if (run->memory_limit_bytes < 0 && run->memory_peak_bytes < 0 &&
	    run->oom_kills == 0)
		return;
	print_label(out, "OOM");
	fprintf(out, "%" PRId64 " %s killed", run->oom_kills,
		run->oom_kills == 1 ? "process" : "processes");
	if (run->memory_peak_bytes >= 0) {
		size_format_short(run->memory_peak_bytes, text);
		fprintf(out, ", %s in use at most", text);
	}
	if (run->memory_limit_bytes >= 0) {
		size_format_short(run->memory_limit_bytes, text);
		fprintf(out, ", limit %s", text);
	}
	putc('\n', out);
}

static void print_core(FILE *out, const struct past_run *run)
{
	if (!run->core_path)
		return;
	print_label(out, "core");
	fprintf(out, "%s\n", run->core_path);
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

	const struct past_usage *usage = &run->usage;

	if (usage->cpu_user_us < 0)
		return;
	print_label(out, "used");
	print_duration(out, "", usage->cpu_user_us + usage->cpu_system_us);
	size_format_short(usage->max_rss_bytes, text);
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

static void print_decision(FILE *out, const struct past_run *run)
{
	enum worker_state state = run->state_after;

	if (run->ended_at_us == 0)
		return;
	print_label(out, "decided");
	if (state == WORKER_FAILED)
		fputs("given up after too many crashes", out);
	else if (past_end_is_last(run->ending.cause, state))
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

/* Whether it happened before, or since. */
static void print_group(FILE *out, const struct post_mortem *post_mortem)
{
	const struct crash_group *group = &post_mortem->group;
	char first[SPAN_TEXT_SIZE], last[SPAN_TEXT_SIZE];

	if (!post_mortem->has_group)
		return;
	print_label(out, "crashes");
	if (group->crashes <= 1) {
		fprintf(out, "no other like it (group %" PRId64 ")\n",
			group->id);
		return;
	}
	span_format_minute(group->first_at_us, first);
	span_format_minute(group->last_at_us, last);
	fprintf(out, "%" PRIu64 " alike since %s", group->crashes, first);
	if (group->first_config > 0)
		fprintf(out, " (config %" PRId64 ")", group->first_config);
	fprintf(out, ", last %s\n", last);
}

/* What to ask next, on one line where there is room for it. */
static void print_more(FILE *out, const struct post_mortem *post_mortem)
{
	enum { ROOM = 9 }; /* for group and worker, beside all else */
	const struct past_run *run = &post_mortem->run;
	int64_t from_us =
		run->started_at_us != 0 ? run->started_at_us : run->ended_at_us;
	char since[SPAN_TEXT_SIZE], group[24];
	size_t length = (size_t)snprintf(group, sizeof(group), "%" PRId64,
					 post_mortem->group.id);

	span_format_minute(from_us, since);
	print_label(out, "more");
	if (post_mortem->has_group && length + strlen(run->worker) <= ROOM) {
		fprintf(out, "reeve crashes %s; ", group);
	} else if (post_mortem->has_group) {
		fprintf(out, "reeve crashes %s\n", group);
		print_label(out, "");
	}
	fprintf(out, "reeve history %s --since '%s'\n", run->worker, since);
}

static void print_facts(FILE *out, const struct post_mortem *post_mortem)
{
	const struct past_run *run = &post_mortem->run;

	print_head(out, run);
	print_times(out, run);
	print_why(out, run);
	print_told(out, run);
	print_oom(out, run);
	print_killed(out, post_mortem);
	print_usage(out, run);
	print_samples(out, run);
	print_core(out, run);
}

static void print_rest(FILE *out, const struct post_mortem *post_mortem)
{
	putc('\n', out);
	print_decision(out, &post_mortem->run);
	print_next(out, post_mortem);
	print_group(out, post_mortem);
	print_more(out, post_mortem);
}

/* What a part prints. The caller frees it. */
static char *compose(void (*print)(FILE *, const struct post_mortem *),
		     const struct post_mortem *post_mortem)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	print(out, post_mortem);
	fclose(out);
	return text;
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* The texts in the middle get the lines that the others leave. */
void post_mortem_print(FILE *out, const struct post_mortem *post_mortem)
{
	char *facts = compose(print_facts, post_mortem);
	char *rest = compose(print_rest, post_mortem);
	/* One line is for the prompt of the shell. */
	int room = terminal_lines(out) - 1 - count_lines(facts) -
		   count_lines(rest);

	fputs(facts, out);
	post_mortem_print_texts(out, post_mortem, room);
	fputs(rest, out);
	free(facts);
	free(rest);
}
