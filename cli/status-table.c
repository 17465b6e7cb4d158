#include "config.h"

#include "cli/status-table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/ending.h"
#include "base/size.h"
#include "base/escape.h"

enum column {
	COLUMN_NAME,
	COLUMN_STATE,
	COLUMN_PID,
	COLUMN_UPTIME,
	COLUMN_CPU,
	COLUMN_MEMORY,
	COLUMN_RESTARTS,
	COLUMN_CPUS,
	COLUMN_COUNT,
};

static const struct {
	const char *title;
	bool right; /* aligned */
} columns[COLUMN_COUNT] = {
	[COLUMN_NAME] = {"NAME", false},
	[COLUMN_STATE] = {"STATE", false},
	[COLUMN_PID] = {"PID", true},
	[COLUMN_UPTIME] = {"UPTIME", true},
	[COLUMN_CPU] = {"CPU%", true},
	[COLUMN_MEMORY] = {"MEMORY", true},
	[COLUMN_RESTARTS] = {"RESTARTS", true},
	[COLUMN_CPUS] = {"CPUS", false},
};

/* The SGR parameters of a state, ECMA-48 8.3.117. */
static const char *const state_colors[WORKER_STATE_COUNT] = {
	[WORKER_STOPPED] = "2",	  [WORKER_STARTING] = "36",
	[WORKER_READY] = "32",	  [WORKER_UNHEALTHY] = "35",
	[WORKER_STOPPING] = "36", [WORKER_BACKOFF] = "33",
	[WORKER_FAILED] = "1;31", [WORKER_DONE] = "32",
};

enum {
	CELL_SIZE = WORKER_NAME_SIZE + 2,
	LAST_SIZE = ENDING_TEXT_SIZE + 96,
	LAST_ROOM = sizeof("LAST END") - 1, /* the least for how runs ended */
};

struct row {
	char cells[COLUMN_COUNT][CELL_SIZE];
};

struct table {
	FILE *out;
	const struct snapshot *snapshot;
	const struct status_look *look;
	struct row *rows; /* one for each worker, in order */
	size_t widths[COLUMN_COUNT];
	size_t gap; /* blanks before what comes next on this line */
};

static void set_color(const struct table *table, const char *color)
{
	if (table->look->color)
		fprintf(table->out, "\033[%sm", color);
}

/* A duration by its largest unit: "3m". */
static void format_rough(int64_t ns, char text[DURATION_TEXT_SIZE])
{
	duration_format_short(ns, text);
	text[strcspn(text, " ")] = '\0';
}

static void fill_usage(struct row *row, const struct live_usage *usage)
{
	snprintf(row->cells[COLUMN_CPU], CELL_SIZE, "%u.%u",
		 usage->cpu_permille / 10, usage->cpu_permille % 10);
	size_format_short((int64_t)usage->rss_bytes, row->cells[COLUMN_MEMORY]);
}

/* Where it may run and ran last, with a mark where it chose that itself. */
static void fill_cpus(struct row *row, const struct live_usage *usage)
{
	char last[16] = "";

	if (usage->processor >= 0 && strpbrk(usage->cpus, "-,"))
		snprintf(last, sizeof(last), " at %d", usage->processor);
	snprintf(row->cells[COLUMN_CPUS], CELL_SIZE, "%s%s%s", usage->cpus,
		 last, usage->cpus_changed ? " *" : "");
}

/* What the mark means, where it stands somewhere. */
static void explain_mark(const struct table *table)
{
	const struct snapshot *snapshot = table->snapshot;

	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot->pools[i];

		for (size_t j = 0; j < pool->worker_count; j++) {
			if (!pool->workers[j].measured ||
			    !pool->workers[j].usage.cpus_changed)
				continue;
			fputs("\n* The worker has chosen these CPUs itself; "
			      "status --json says where it was put.\n",
			      table->out);
			return;
		}
	}
}

static void fill_row(struct row *row, const struct snapshot *snapshot,
		     const struct snapshot_pool *pool,
		     const struct snapshot_worker *entry)
{
	const struct live_worker *worker = &entry->worker;

	static_assert(sizeof(row->cells[0]) >= DURATION_TEXT_SIZE &&
			      sizeof(row->cells[0]) >= SIZE_TEXT_SIZE,
		      "a cell takes every text");
	snprintf(row->cells[COLUMN_NAME], CELL_SIZE, "  %s/%u", pool->pool.name,
		 worker->index);
	snprintf(row->cells[COLUMN_STATE], CELL_SIZE, "%s",
		 worker_state_name(worker->state));
	for (int i = COLUMN_PID; i <= COLUMN_MEMORY; i++)
		strcpy(row->cells[i], "-");
	if (worker->pid) {
		snprintf(row->cells[COLUMN_PID], CELL_SIZE, "%" PRId64,
			 worker->pid);
		duration_format_short(snapshot_uptime_ns(snapshot, worker),
				      row->cells[COLUMN_UPTIME]);
	}
	if (entry->measured)
		fill_usage(row, &entry->usage);
	snprintf(row->cells[COLUMN_RESTARTS], CELL_SIZE, "%" PRIu64,
		 worker->restarts);
	if (entry->measured && entry->usage.cpus[0])
		fill_cpus(row, &entry->usage);
	else
		snprintf(row->cells[COLUMN_CPUS], CELL_SIZE, "%s",
			 worker->cpus);
}

/* What is wrong now; else how the last run ended, and what comes next: "exited
 * with code 3, 4s ago, next start in 12s". */
static void describe_last(const struct snapshot *snapshot,
			  const struct live_worker *worker,
			  char text[LAST_SIZE])
{
	const struct live_exit *last = &worker->last_exit;
	const struct ending ending = live_exit_ending(last);
	char words[ENDING_TEXT_SIZE], time[DURATION_TEXT_SIZE];
	size_t used = 0;

	text[0] = '\0';
	if (worker->parked && *worker->status) {
		snprintf(text, LAST_SIZE, "%s", worker->status);
		return;
	}
	if (*worker->health) {
		snprintf(text, LAST_SIZE, "%s%s",
			 worker->state == WORKER_STARTING ? "not ready: " : "",
			 worker->health);
		return;
	}
	if (last->at_us != 0) {
		ending_describe(&ending, words);
		format_rough((snapshot->taken_at_us - last->at_us) * 1000,
			     time);
		used = (size_t)snprintf(text, LAST_SIZE, "%s, %s ago", words,
					time);
	}
	if (worker->next_start_at_us != 0) {
		format_rough(
			(worker->next_start_at_us - snapshot->taken_at_us) *
				1000,
			time);
		snprintf(text + used, LAST_SIZE - used, "%snext start in %s",
			 used ? ", " : "", time);
	} else if (worker->wanted && (worker->state == WORKER_STOPPED ||
				      worker->state == WORKER_BACKOFF)) {
		snprintf(text + used, LAST_SIZE - used,
			 "%swaits for its turn to start", used ? ", " : "");
	}
}

static void widen(struct table *table, const struct row *row)
{
	for (int i = 0; i < COLUMN_COUNT; i++) {
		size_t width = strlen(row->cells[i]);

		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

static size_t count_workers(const struct snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->pool_count; i++)
		count += snapshot->pools[i].worker_count;
	return count;
}

/* Fills all rows and finds how wide each column has to be; one without any text
 * has no place. */
static void fill_rows(struct table *table)
{
	const struct snapshot *snapshot = table->snapshot;
	struct row *row = table->rows;

	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot->pools[i];

		for (size_t j = 0; j < pool->worker_count; j++, row++) {
			fill_row(row, snapshot, pool, &pool->workers[j]);
			widen(table, row);
		}
	}
	for (int i = 0; i < COLUMN_COUNT; i++) {
		size_t width = strlen(columns[i].title);

		if (table->widths[i] > 0 && table->widths[i] < width)
			table->widths[i] = width;
	}
}

static size_t table_width(const struct table *table)
{
	size_t width = 0;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (table->widths[i] > 0)
			width += table->widths[i] + 2;
	}
	return width;
}

/* Leaves out columns, the least wanted first, until the others fit. */
static void narrow(struct table *table)
{
	static const enum column dispensable[] = {
		COLUMN_CPUS,   COLUMN_RESTARTS, COLUMN_PID,
		COLUMN_UPTIME, COLUMN_MEMORY,	COLUMN_CPU};
	size_t total = (size_t)table->look->columns;

	for (size_t i = 0; i < sizeof(dispensable) / sizeof(*dispensable) &&
			   total > 0 && table_width(table) > total + 2;
	     i++)
		table->widths[dispensable[i]] = 0;
}

static size_t total_width(const struct table *table)
{
	return table->look->columns ? (size_t)table->look->columns : SIZE_MAX;
}

static void print_cell(struct table *table, enum column column,
		       const char *text, const char *color)
{
	size_t width = table->widths[column];
	size_t rest = width - strlen(text);

	if (width == 0)
		return;
	if (!*text) {
		table->gap += width + 2;
		return;
	}
	if (columns[column].right)
		table->gap += rest;
	fprintf(table->out, "%*s", (int)table->gap, "");
	if (color)
		set_color(table, color);
	fputs(text, table->out);
	if (color)
		set_color(table, "0");
	table->gap = columns[column].right ? 2 : rest + 2;
}

/*
 * Prints as much of `text` as fits into `room` columns, with dots where it was
 * cut; what could disturb a terminal becomes "?".
 */
static void print_cut(FILE *out, const char *text, size_t room)
{
	size_t left = strlen(text);
	bool fits = left <= room;

	for (size_t i = 0; left > 0 && (fits || i + 3 < room); i++) {
		size_t length = escape_plain_length((struct bytes){text, left});
		bool plain = length > 0 && (unsigned char)*text >= ' ';

		if (length == 0)
			length = 1;
		fwrite(plain ? text : "?", 1, plain ? length : 1, out);
		text += length;
		left -= length;
	}
	if (!fits)
		fputs("...", out);
}

static void print_head(struct table *table)
{
	set_color(table, "1");
	table->gap = 0;
	for (int i = 0; i < COLUMN_COUNT; i++)
		print_cell(table, i, columns[i].title, NULL);
	if (table_width(table) + LAST_ROOM <= total_width(table))
		fprintf(table->out, "%*s%s", (int)table->gap, "", "LAST END");
	set_color(table, "0");
	putc('\n', table->out);
}

/* Prints how the last run ended behind the cells, or, where there is no room
 * and the worker is in trouble, on a line of its own. */
static void print_last(const struct table *table,
		       const struct live_worker *worker)
{
	size_t total = total_width(table);
	size_t used = table_width(table);
	bool trouble = snapshot_is_missing(worker);
	char last[LAST_SIZE];

	describe_last(table->snapshot, worker, last);
	if (!*last)
		return;
	if (trouble && used + strlen(last) > total) {
		fputs("\n    ", table->out);
		print_cut(table->out, last, total > 12 ? total - 4 : 8);
	} else if (used + LAST_ROOM <= total) {
		fprintf(table->out, "%*s", (int)table->gap, "");
		print_cut(table->out, last, total - used);
	}
}

static void print_worker(struct table *table, const struct live_worker *worker,
			 const struct row *row)
{
	table->gap = 0;
	for (int i = 0; i < COLUMN_COUNT; i++)
		print_cell(table, i, row->cells[i],
			   i == COLUMN_STATE ? state_colors[worker->state]
					     : NULL);
	print_last(table, worker);
	putc('\n', table->out);
}

/* "web: 3 of 4 ready, 1 backoff" */
static void print_pool(struct table *table, const struct snapshot_pool *pool)
{
	FILE *out = table->out;

	set_color(table, "1");
	fputs(pool->pool.name, out);
	set_color(table, "0");
	fprintf(out, ": %u of %u ready", pool->states[WORKER_READY],
		pool->pool.wanted);
	for (unsigned state = 0; state < WORKER_STATE_COUNT; state++) {
		if (state == WORKER_READY || pool->states[state] == 0)
			continue;
		fprintf(out, ", %u ", pool->states[state]);
		set_color(table, state_colors[state]);
		fputs(worker_state_name(state), out);
		set_color(table, "0");
	}
	putc('\n', out);
}

/* "shop: 11 of 12 workers ready, up 3h 12m, pid 812" */
static void print_instance(const struct table *table)
{
	const struct snapshot *snapshot = table->snapshot;
	char uptime[DURATION_TEXT_SIZE];
	uint32_t ready = 0, wanted = 0;

	for (size_t i = 0; i < snapshot->pool_count; i++) {
		if (snapshot->pools[i].pool.hidden)
			continue;
		ready += snapshot->pools[i].states[WORKER_READY];
		wanted += snapshot->pools[i].pool.wanted;
	}
	duration_format_short(
		(snapshot->taken_at_us - snapshot->instance.started_at_us) *
			1000,
		uptime);
	set_color(table, "1");
	fputs(snapshot->instance.name, table->out);
	set_color(table, "0");
	fprintf(table->out,
		": %u of %u workers ready, up %s, pid %" PRId64 "\n\n", ready,
		wanted, uptime, snapshot->instance.pid);
}

int status_table_print(FILE *out, const struct snapshot *snapshot,
		       const struct status_look *look)
{
	struct table table = {
		.out = out,
		.snapshot = snapshot,
		.look = look,
		.rows = calloc(count_workers(snapshot) + 1, sizeof(struct row)),
	};
	const struct row *row = table.rows;

	if (!row)
		return -1;
	fill_rows(&table);
	narrow(&table);
	print_instance(&table);
	if (count_workers(snapshot) > 0)
		print_head(&table);
	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot->pools[i];

		print_pool(&table, pool);
		for (size_t j = 0; j < pool->worker_count; j++)
			print_worker(&table, &pool->workers[j].worker, row++);
	}
	explain_mark(&table);
	free(table.rows);
	return 0;
}
