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

json_t *post_mortem_to_json(const struct post_mortem *post_mortem)
{
	const struct past_run *run = &post_mortem->run;
	json_t *object = run_to_json(run);

	json_object_set_new(object, "cpu_s", seconds_or_null(run->cpu_us));
	json_object_set_new(object, "max_rss_bytes",
			    number_or_null(run->max_rss_bytes, -1));
	json_object_set_new(object, "samples", samples(run));
	json_object_set_new(object, "tail", text_or_null(run->tail));
	json_object_set_new(object, "evidence", evidence(post_mortem));
	json_object_set_new(object, "killed",
			    text_or_null(post_mortem->killed));
	json_object_set_new(object, "decision", decision(run));
	json_object_set_new(object, "next",
			    post_mortem->has_next
				    ? run_to_json(&post_mortem->next)
				    : json_null());
	return object;
}
