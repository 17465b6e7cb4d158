#include "config.h"

#include "cli/post-mortem.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/signals.h"
#include "live/table.h"

#include <stdlib.h>
#include <string.h>

static json_t *time_or_null(int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	if (at_us == 0)
		return json_null();
	clock_format_utc(at_us, text);
	return json_string(text);
}

static json_t *number_or_null(int64_t number, int64_t unknown)
{
	return number == unknown ? json_null() : json_integer(number);
}

static json_t *seconds_or_null(int64_t us)
{
	return us < 0 ? json_null() : json_real((double)us / 1e6);
}

/* What is not known to be UTF-8 is escaped. */
static json_t *text_or_null(const char *text)
{
	char *escaped;
	json_t *value;

	if (!text || *text == '\0')
		return json_null();
	escaped = escape_text((struct bytes){text, strlen(text)});
	value = json_string(escaped ? escaped : "");
	free(escaped);
	return value;
}

static json_t *samples(const struct past_run *run)
{
	size_t count = run->samples_size / sizeof(struct live_sample);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		struct live_sample sample;

		memcpy(&sample, run->samples + i * sizeof(sample),
		       sizeof(sample));
		json_array_append_new(
			list, json_pack("[f, I]", sample.cpu_permille / 10.0,
					(json_int_t)sample.rss_kib * 1024));
	}
	return list;
}

/* How it ended; all null for a run that is still up. */
static void set_ending(json_t *object, const struct past_run *run)
{
	const struct ending *ending = &run->ending;
	bool ended = run->ended_at_us != 0;
	bool ran = ended && ending->cause != CAUSE_NOT_STARTED &&
		   ending->cause != CAUSE_LOST;
	char signal[SIGNAL_TEXT_SIZE] = "", words[ENDING_TEXT_SIZE];

	ending_describe(ending, words);
	if (ending->signal > 0)
		signal_format(ending->signal, signal);
	json_object_set_new(object, "cause",
			    text_or_null(end_cause_name(ending->cause)));
	json_object_set_new(object, "crash",
			    json_boolean(end_cause_is_crash(ending->cause)));
	json_object_set_new(object, "exit_code",
			    ran && ending->signal == 0
				    ? json_integer(ending->code)
				    : json_null());
	json_object_set_new(object, "exit_signal", text_or_null(signal));
	json_object_set_new(object, "core", json_boolean(ending->core));
	json_object_set_new(object, "step", text_or_null(run->step));
	json_object_set_new(object, "object", text_or_null(run->object));
	json_object_set_new(
		object, "error",
		ending->error_number > 0
			? json_string(strerror(ending->error_number))
			: json_null());
	json_object_set_new(object, "description", text_or_null(words));
	json_object_set_new(object, "why", text_or_null(run->why));
	json_object_set_new(object, "ended_uid",
			    number_or_null(run->ended_uid, -1));
	json_object_set_new(object, "ended_command",
			    text_or_null(run->ended_command));
	json_object_set_new(object, "told_errno",
			    number_or_null(run->told_errno, 0));
	json_object_set_new(object, "told_exit_status",
			    number_or_null(run->told_exit_status, -1));
	json_object_set_new(object, "told_status",
			    text_or_null(run->told_status));
}

static json_t *run_to_json(const struct past_run *run)
{
	bool known = run->started_at_us != 0 && run->ended_at_us != 0;
	json_t *object = json_object();

	json_object_set_new(object, "worker", json_string(run->worker));
	json_object_set_new(object, "run", json_integer(run->run));
	json_object_set_new(object, "pid", number_or_null(run->pid, 0));
	json_object_set_new(object, "config", number_or_null(run->config, 0));
	json_object_set_new(object, "started_at",
			    time_or_null(run->started_at_us));
	json_object_set_new(object, "started_by",
			    text_or_null(run->started_by));
	json_object_set_new(object, "started_uid",
			    number_or_null(run->started_uid, -1));
	json_object_set_new(object, "started_command",
			    text_or_null(run->started_command));
	json_object_set_new(object, "cpus", text_or_null(run->cpus));
	json_object_set_new(object, "ready_at", time_or_null(run->ready_at_us));
	json_object_set_new(object, "ended_at", time_or_null(run->ended_at_us));
	json_object_set_new(
		object, "uptime_s",
		seconds_or_null(known ? run->ended_at_us - run->started_at_us
				      : -1));
	set_ending(object, run);
	return object;
}

static json_t *evidence(const struct post_mortem *post_mortem)
{
	json_t *list = json_array();

	for (ssize_t i = 0; i < post_mortem->evidence_count; i++) {
		const struct past_evidence *one = &post_mortem->evidence[i];

		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o}", "at",
				  time_or_null(one->at_us), "cause",
				  text_or_null(end_cause_name(one->cause)),
				  "text", text_or_null(one->text)));
	}
	return list;
}

static json_t *decision(const struct past_run *run)
{
	if (run->ended_at_us == 0)
		return json_null();
	return json_pack("{s:s, s:f}", "state",
			 worker_state_name(run->state_after), "delay_s",
			 (double)run->delay_ns / 1e9);
}

static void set_usage(json_t *object, const struct past_usage *usage)
{
	const struct {
		const char *name;
		int64_t number;
	} numbers[] = {
		{"max_rss_bytes", usage->max_rss_bytes},
		{"minor_faults", usage->minor_faults},
		{"major_faults", usage->major_faults},
		{"voluntary_switches", usage->voluntary_switches},
		{"involuntary_switches", usage->involuntary_switches},
		{"blocks_in", usage->blocks_in},
		{"blocks_out", usage->blocks_out},
	};
	bool known = usage->cpu_user_us >= 0;

	json_object_set_new(object, "cpu_s",
			    seconds_or_null(known ? usage->cpu_user_us +
							    usage->cpu_system_us
						  : -1));
	json_object_set_new(object, "cpu_user_s",
			    seconds_or_null(usage->cpu_user_us));
	json_object_set_new(object, "cpu_system_s",
			    seconds_or_null(usage->cpu_system_us));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(object, numbers[i].name,
				    number_or_null(numbers[i].number, -1));
}

/* The crashes that were like it. */
static json_t *group(const struct post_mortem *post_mortem)
{
	const struct crash_group *found = &post_mortem->group;

	if (!post_mortem->has_group)
		return json_null();
	return json_pack("{s:I, s:o, s:I, s:o, s:o, s:I, s:o}", "group",
			 (json_int_t)found->id, "sign",
			 text_or_null(found->sign), "crashes",
			 (json_int_t)found->crashes, "first_at",
			 time_or_null(found->first_at_us), "last_at",
			 time_or_null(found->last_at_us), "first_run",
			 (json_int_t)found->first_run, "first_config",
			 number_or_null(found->first_config, 0));
}

json_t *post_mortem_to_json(const struct post_mortem *post_mortem)
{
	const struct past_run *run = &post_mortem->run;
	json_t *object = run_to_json(run);

	set_usage(object, &run->usage);
	json_object_set_new(object, "memory_limit_bytes",
			    number_or_null(run->memory_limit_bytes, -1));
	json_object_set_new(object, "memory_peak_bytes",
			    number_or_null(run->memory_peak_bytes, -1));
	json_object_set_new(object, "oom_kills", json_integer(run->oom_kills));
	json_object_set_new(object, "core_path", text_or_null(run->core_path));
	json_object_set_new(object, "backtrace", text_or_null(run->backtrace));
	json_object_set_new(object, "samples", samples(run));
	json_object_set_new(object, "tail", text_or_null(run->tail));
	json_object_set_new(object, "evidence", evidence(post_mortem));
	json_object_set_new(object, "killed",
			    text_or_null(post_mortem->killed));
	json_object_set_new(object, "decision", decision(run));
	json_object_set_new(object, "alike", group(post_mortem));
	json_object_set_new(object, "next",
			    post_mortem->has_next
				    ? run_to_json(&post_mortem->next)
				    : json_null());
	return object;
}
