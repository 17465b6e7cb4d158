#include "config.h"

#include "live/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ending.h"
#include "base/escape.h"
#include "base/signals.h"

/* The longest number or time in JSON, with its end. */
enum { VALUE_SIZE = CLOCK_TEXT_SIZE + 2 };

/* Writes a JSON string, or null where `text` is empty. What is no UTF-8 is
 * shown as \xNN. */
static void write_text(FILE *out, const char *text)
{
	struct bytes left = {text, strlen(text)};

	if (left.size == 0) {
		fputs("null", out);
		return;
	}
	putc('"', out);
	for (;;) {
		size_t plain = escape_json_plain(left);
		char escape[ESCAPE_JSON_SIZE];

		fwrite(left.data, 1, plain, out);
		left = (struct bytes){(const char *)left.data + plain,
				      left.size - plain};
		if (left.size == 0)
			break;
		fwrite(escape, 1, escape_json_next(&left, escape), out);
	}
	putc('"', out);
}

static const char *format_time(int64_t at_us, char value[VALUE_SIZE])
{
	if (at_us == 0)
		return "null";
	value[0] = '"';
	clock_format_utc(at_us, value + 1);
	memcpy(value + strlen(value), "\"", 2);
	return value;
}

static const char *format_number(uint64_t number, bool known,
				 char value[VALUE_SIZE])
{
	if (!known)
		return "null";
	snprintf(value, VALUE_SIZE, "%" PRIu64, number);
	return value;
}

static const char *format_bool(bool value)
{
	return value ? "true" : "false";
}

static void write_run(FILE *out, const struct snapshot *snapshot,
		      const struct live_worker *worker)
{
	int64_t uptime_ms = snapshot_uptime_ns(snapshot, worker) / 1000000;
	bool runs = worker->pid != 0;
	char pid[VALUE_SIZE], run[VALUE_SIZE], config[VALUE_SIZE],
		started[VALUE_SIZE], uptime[VALUE_SIZE];

	snprintf(uptime, sizeof(uptime), "%" PRId64 ".%03d", uptime_ms / 1000,
		 (int)(uptime_ms % 1000));
	fprintf(out,
		"\"pid\": %s, \"run\": %s, \"config\": %s, "
		"\"started_at\": %s, \"uptime_s\": %s, \"restarts\": %" PRIu64
		", \"log_lost_bytes\": %" PRIu64 ", \"cpus\": ",
		format_number((uint64_t)worker->pid, runs, pid),
		format_number(worker->run, runs, run),
		format_number(worker->config, runs, config),
		format_time(runs ? worker->started_at_us : 0, started),
		runs ? uptime : "null", worker->restarts, worker->lost_bytes);
	write_text(out, worker->cpus);
}

static void write_usage(FILE *out, const struct live_usage *usage)
{
	char sampled[VALUE_SIZE], processor[VALUE_SIZE];
	char state = usage->process_state;

	fprintf(out,
		", \"cpu_percent\": %u.%u, \"cpu_s\": %" PRIu64 ".%02u, "
		"\"rss_bytes\": %" PRIu64 ", \"threads\": %u, "
		"\"open_files\": %u, \"zombies\": %u, \"cpu\": %s, "
		"\"process_state\": \"%c\", \"sample_at\": %s",
		usage->cpu_permille / 10, usage->cpu_permille % 10,
		usage->cpu_ns / 1000000000,
		(unsigned)(usage->cpu_ns / 10000000 % 100), usage->rss_bytes,
		usage->threads, usage->open_files, usage->zombies,
		format_number((uint64_t)usage->processor, usage->processor >= 0,
			      processor),
		state >= 'A' && state <= 'z' && state != '\\' ? state : '?',
		format_time(usage->sampled_at_us, sampled));
	fputs(", \"cpus_actual\": ", out);
	write_text(out, usage->cpus);
	fprintf(out, ", \"cpus_changed\": %s",
		format_bool(usage->cpus_changed));
}

static void write_no_usage(FILE *out)
{
	fputs(", \"cpu_percent\": null, \"cpu_s\": null, \"rss_bytes\": null, "
	      "\"threads\": null, \"open_files\": null, \"zombies\": null, "
	      "\"cpu\": null, \"process_state\": null, "
	      "\"sample_at\": null, \"cpus_actual\": null, "
	      "\"cpus_changed\": false",
	      out);
}

/* "limits": what each worker may use, or null; within it null is no limit. */
static void write_limits(FILE *out, const struct live_limits *limits)
{
	char memory[VALUE_SIZE], cpu[VALUE_SIZE] = "null", number[VALUE_SIZE];

	if (!limits->memory_bytes && !limits->cpu_permille &&
	    !limits->processes) {
		fputs(", \"limits\": null", out);
		return;
	}
	if (limits->cpu_permille)
		snprintf(cpu, sizeof(cpu), "%" PRId64 ".%03d",
			 limits->cpu_permille / 1000,
			 (int)(limits->cpu_permille % 1000));
	fprintf(out,
		", \"limits\": {\"memory_bytes\": %s, \"cpu\": %s, "
		"\"processes\": %s}",
		format_number((uint64_t)limits->memory_bytes,
			      limits->memory_bytes > 0, memory),
		cpu,
		format_number((uint64_t)limits->processes,
			      limits->processes > 0, number));
}

static void write_exit(FILE *out, const struct live_exit *last)
{
	char at[VALUE_SIZE], code[VALUE_SIZE], signal[SIGNAL_TEXT_SIZE] = "";
	char text[ENDING_TEXT_SIZE], failure[ENDING_TEXT_SIZE] = "";
	const struct ending ending = live_exit_ending(last);

	if (last->at_us == 0) {
		fputs("null", out);
		return;
	}
	if (last->signal)
		signal_format(last->signal, signal);
	if (last->cause == CAUSE_NOT_STARTED)
		ending_describe_failure(&ending, failure);
	ending_describe(&ending, text);
	fprintf(out,
		"{\"at\": %s, \"run\": %" PRIu64 ", \"code\": %s, \"signal\": ",
		format_time(last->at_us, at), last->run,
		format_number((uint64_t)last->code, last->code >= 0, code));
	write_text(out, signal);
	fprintf(out, ", \"core\": %s, \"cause\": \"%s\", \"text\": ",
		format_bool(last->core), end_cause_name(last->cause));
	write_text(out, text);
	fputs(", \"error\": ", out);
	write_text(out, failure);
	putc('}', out);
}

void status_write_worker(FILE *out, const struct snapshot *snapshot,
			 const struct snapshot_pool *pool,
			 const struct snapshot_worker *entry)
{
	const struct live_worker *worker = &entry->worker;
	char name[WORKER_NAME_SIZE], since[VALUE_SIZE], next[VALUE_SIZE];

	snapshot_worker_name(pool, entry, name);
	fprintf(out,
		"{\"name\": \"%s\", \"state\": \"%s\", \"wanted\": %s, "
		"\"state_since\": %s, \"next_start_at\": %s, ",
		name, worker_state_name(worker->state),
		format_bool(worker->wanted),
		format_time(worker->state_since_us, since),
		format_time(worker->next_start_at_us, next));
	write_run(out, snapshot, worker);
	if (entry->measured)
		write_usage(out, &entry->usage);
	else
		write_no_usage(out);
	write_limits(out, &pool->pool.limits);
	fprintf(out, ", \"health\": %s, \"health_text\": ",
		!worker->pid	    ? "null"
		: worker->health_ok ? "\"ok\""
				    : "\"failing\"");
	write_text(out, worker->health);
	fputs(", \"status\": ", out);
	write_text(out, worker->status);
	fputs(", \"activity\": ", out);
	write_text(out, run_activity_name(worker->activity));
	fputs(", \"last_exit\": ", out);
	write_exit(out, &worker->last_exit);
	putc('}', out);
}

void status_write_pool(FILE *out, const struct snapshot *snapshot,
		       const struct snapshot_pool *pool)
{
	fputs("{\"name\": ", out);
	write_text(out, pool->pool.name);
	fputs(", \"kind\": ", out);
	write_text(out, pool->pool.kind);
	fprintf(out,
		", \"state\": \"%s\", \"hidden\": %s, \"wanted\": %u, "
		"\"ready\": %u, \"workers\": [",
		worker_state_name(pool->state), format_bool(pool->pool.hidden),
		pool->pool.wanted, pool->states[WORKER_READY]);
	for (size_t i = 0; i < pool->worker_count; i++) {
		fputs(i ? ",\n   " : "\n   ", out);
		status_write_worker(out, snapshot, pool, &pool->workers[i]);
	}
	fputs("]}", out);
}

void status_write(FILE *out, const struct snapshot *snapshot, bool running)
{
	const struct live_instance *instance = &snapshot->instance;
	char started[VALUE_SIZE];

	fputs("{\"instance\": ", out);
	write_text(out, instance->name);
	fprintf(out, ", \"running\": %s, \"pid\": %" PRId64 ", \"version\": ",
		format_bool(running), instance->pid);
	write_text(out, instance->version);
	fprintf(out, ", \"started_at\": %s, \"config\": %" PRIu64,
		format_time(instance->started_at_us, started),
		instance->config);
	fputs(", \"config_file\": ", out);
	write_text(out, instance->config_file);
	fputs(",\n \"pools\": [", out);
	for (size_t i = 0; i < snapshot->pool_count; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		status_write_pool(out, snapshot, &snapshot->pools[i]);
	}
	fputs("]}", out);
}

static void write_choice(FILE *out, const struct snapshot *snapshot,
			 const char *name)
{
	const struct snapshot_pool *pool = snapshot->pools;

	if (!name || strcmp(name, "all") == 0)
		status_write(out, snapshot, true);
	else if (strchr(name, '/'))
		status_write_worker(out, snapshot, pool, pool->workers);
	else
		status_write_pool(out, snapshot, pool);
}

char *status_to_json(const struct live_table *table, const char *name,
		     bool hidden, size_t *size, struct error *error)
{
	struct snapshot_choice choice = {
		.names = &name,
		.name_count = name ? 1 : 0,
		.hidden = hidden,
	};
	struct snapshot snapshot;
	char *text = NULL;
	FILE *out;

	if (snapshot_take(&snapshot, table, &choice, error) < 0)
		return NULL;
	out = open_memstream(&text, size);
	if (out) {
		write_choice(out, &snapshot, name);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	if (!text)
		error_set_errno(error, "cannot write the status");
	snapshot_release(&snapshot);
	return text;
}
