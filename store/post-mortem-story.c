#include "config.h"

#include "store/post-mortem.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/escape.h"
#include "base/size.h"
#include "base/span.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void post_mortem_label(FILE *out, const char *label)
{
	fprintf(out, "  %-*s", POST_MORTEM_LABEL_WIDTH - 2, label);
}

static void print_time(FILE *out, const char *label, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format_local(at_us, text);
	post_mortem_label(out, label);
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

void post_mortem_tell_head(FILE *out, const struct post_mortem *post_mortem)
{
	char *words = describe(&post_mortem->run);

	fprintf(out, "%s %s\n", post_mortem->run.worker, words ? words : "");
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
	post_mortem_label(out, "run");
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
	post_mortem_label(out, "because");
	fprintf(out, "%s\n", run->why);
}

/* What the kernel said of its memory when the OOM killer struck. */
static void print_oom(FILE *out, const struct past_run *run)
{
	char text[SIZE_TEXT_SIZE];

	if (run->memory_limit_bytes < 0 && run->memory_peak_bytes < 0 &&
	    run->oom_kills == 0)
		return;
	post_mortem_label(out, "OOM");
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
	post_mortem_label(out, "core");
	fprintf(out, "%s\n", run->core_path);
}

/* What it said of itself, by sd_notify(3). */
static void print_told(FILE *out, const struct past_run *run)
{
	const char *before = "";

	if (run->told_errno == 0 && run->told_exit_status < 0 &&
	    run->told_status[0] == '\0')
		return;
	post_mortem_label(out, "told");
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
	post_mortem_label(out, "used");
	print_duration(out, "", usage->cpu_user_us + usage->cpu_system_us);
	size_format_short(usage->max_rss_bytes, text);
	fprintf(out, " of CPU time, at most %s of memory in one process\n",
		text);
}

static void print_decision(FILE *out, const struct past_run *run)
{
	enum worker_state state = run->state_after;

	if (run->ended_at_us == 0)
		return;
	post_mortem_label(out, "decided");
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
		post_mortem_label(out, "then");
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
	post_mortem_label(out, "killed");
	fprintf(out, "%s\n", post_mortem->killed);
}

/* Whether it happened before, or since. */
static void print_group(FILE *out, const struct post_mortem *post_mortem)
{
	const struct crash_group *group = &post_mortem->group;
	char first[SPAN_TEXT_SIZE], last[SPAN_TEXT_SIZE];

	if (!post_mortem->has_group)
		return;
	post_mortem_label(out, "crashes");
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

void post_mortem_tell_run(FILE *out, const struct post_mortem *post_mortem)
{
	const struct past_run *run = &post_mortem->run;

	print_times(out, run);
	print_why(out, run);
	print_told(out, run);
	print_oom(out, run);
	print_killed(out, post_mortem);
	print_core(out, run);
	print_usage(out, run);
}

void post_mortem_tell_sequel(FILE *out, const struct post_mortem *post_mortem)
{
	print_decision(out, &post_mortem->run);
	print_next(out, post_mortem);
	print_group(out, post_mortem);
}
