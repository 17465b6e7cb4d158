#include "config.h"

#include "live/metrics.h"

#include <stdio.h>
#include <stdlib.h>

/* A value that each worker has. */
struct metric {
	const char *name;
	const char *type;
	const char *help;
	bool measured; /* by the sampler: not known of every worker */
	double (*value)(const struct snapshot_worker *worker);
};

static double get_up(const struct snapshot_worker *worker)
{
	return worker->worker.state == WORKER_READY;
}

static double get_restarts(const struct snapshot_worker *worker)
{
	return (double)worker->worker.restarts;
}

static double get_lost_bytes(const struct snapshot_worker *worker)
{
	return (double)worker->worker.lost_bytes;
}

static double get_start_time(const struct snapshot_worker *worker)
{
	return (double)worker->worker.started_at_us / 1e6;
}

static double get_cpu_seconds(const struct snapshot_worker *worker)
{
	return (double)worker->usage.cpu_ns / 1e9;
}

static double get_rss_bytes(const struct snapshot_worker *worker)
{
	return (double)worker->usage.rss_bytes;
}

static double get_threads(const struct snapshot_worker *worker)
{
	return worker->usage.threads;
}

static double get_open_files(const struct snapshot_worker *worker)
{
	return worker->usage.open_files;
}

static double get_zombies(const struct snapshot_worker *worker)
{
	return worker->usage.zombies;
}

static const struct metric metrics[] = {
	{"reeve_worker_up", "gauge", "Whether the worker is ready.", false,
	 get_up},
	{"reeve_worker_restarts_total", "counter",
	 "Runs after the first, by whatever cause.", false, get_restarts},
	{"reeve_worker_log_lost_bytes_total", "counter",
	 "Bytes of output that no log took, as on a full disk.", false,
	 get_lost_bytes},
	{"reeve_worker_start_time_seconds", "gauge",
	 "Start of the current run, since 1970.", true, get_start_time},
	{"reeve_worker_cpu_seconds_total", "counter",
	 "CPU time of the current run and all below it.", true,
	 get_cpu_seconds},
	{"reeve_worker_resident_memory_bytes", "gauge",
	 "Resident memory of the worker and all below it.", true,
	 get_rss_bytes},
	{"reeve_worker_threads", "gauge",
	 "Threads of the worker and all below it.", true, get_threads},
	{"reeve_worker_open_files", "gauge",
	 "Open file descriptors of the worker and all below it.", true,
	 get_open_files},
	{"reeve_worker_zombies", "gauge",
	 "Dead processes below the worker that nobody reaped.", true,
	 get_zombies},
};

static void write_head(FILE *out, const char *name, const char *type,
		       const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Writes `label="text"`, escaped as the format wants it. */
static void write_label(FILE *out, const char *label, const char *text)
{
	fprintf(out, "%s=\"", label);
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
	putc('"', out);
}

static void write_instance(FILE *out, const struct live_instance *instance)
{
	write_head(out, "reeve_info", "gauge", "The instance.");
	fputs("reeve_info{", out);
	write_label(out, "name", instance->name);
	putc(',', out);
	write_label(out, "version", instance->version);
	fputs("} 1\n", out);
	write_head(out, "reeve_start_time_seconds", "gauge",
		   "Start of the supervisor, since 1970.");
	fprintf(out, "reeve_start_time_seconds %.3f\n",
		(double)instance->started_at_us / 1e6);
}

static void write_pools(FILE *out, const struct snapshot *snapshot)
{
	write_head(out, "reeve_pool_workers_wanted", "gauge",
		   "Workers that should be up.");
	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct live_pool *pool = &snapshot->pools[i].pool;

		fputs("reeve_pool_workers_wanted{", out);
		write_label(out, "pool", pool->name);
		fprintf(out, "} %u\n", pool->wanted);
	}
	write_head(out, "reeve_pool_workers", "gauge", "Workers by state.");
	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot->pools[i];

		for (unsigned state = 0; state < WORKER_STATE_COUNT; state++) {
			fputs("reeve_pool_workers{", out);
			write_label(out, "pool", pool->pool.name);
			putc(',', out);
			write_label(out, "state", worker_state_name(state));
			fprintf(out, "} %u\n", pool->states[state]);
		}
	}
}

static void write_metric(FILE *out, const struct snapshot *snapshot,
			 const struct metric *metric)
{
	write_head(out, metric->name, metric->type, metric->help);
	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot->pools[i];

		for (size_t j = 0; j < pool->worker_count; j++) {
			const struct snapshot_worker *worker =
				&pool->workers[j];
			char name[WORKER_NAME_SIZE];

			if (metric->measured && !worker->measured)
				continue;
			snapshot_worker_name(pool, worker, name);
			fprintf(out, "%s{", metric->name);
			write_label(out, "pool", pool->pool.name);
			putc(',', out);
			write_label(out, "worker", name);
			fprintf(out, "} %.15g\n", metric->value(worker));
		}
	}
}

char *metrics_to_text(const struct live_table *table, size_t *size,
		      struct error *error)
{
	const struct snapshot_choice choice = {0};
	struct snapshot snapshot;
	char *text = NULL;
	FILE *out;

	if (snapshot_take(&snapshot, table, &choice, error) < 0)
		return NULL;
	out = open_memstream(&text, size);
	if (out) {
		write_instance(out, &snapshot.instance);
		write_pools(out, &snapshot);
		for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
			write_metric(out, &snapshot, &metrics[i]);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	if (!text)
		error_set_errno(error, "cannot write the metrics");
	snapshot_release(&snapshot);
	return text;
}
