#include "config.h"

#include "bench/past-events.h"

#include "base/clock.h"
#include "store/history.h"
#include "store/journal.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Makes histories for benchmarks, by the code of the recorder:
 *
 *	make-history file PATH RUNS EVENTS_A_RUN DAYS
 *	make-history journal FOLDER RUNS EVENTS_A_RUN
 *	make-history ingest FOLDER RUNS EVENTS_A_RUN
 *
 * The first writes a history that ends now, the second a journal for a
 * recorder. The third prints how many records a second the recorder's functions
 * take in, and how many rows a second SQLite takes in when it is handed the
 * same ones as they are, by as many in a transaction, in the order in which
 *they came, in files at FOLDER.
 */

enum { BATCH = 1000, LARGE_BATCH = 100000, SEGMENT_SIZE = 1 << 20 };

static void check(int result, const struct error *error)
{
	if (result == 0)
		return;
	fprintf(stderr, "make-history: %s\n", error->text);
	exit(1);
}

static struct history *open_history(const char *path)
{
	enum history_problem problem;
	struct error error;
	struct history *history = history_open(path, &problem, &error);

	if (!history)
		check(-1, &error);
	return history;
}

/* Writes all events, so many in a transaction. Returns how many. */
static uint64_t write_all(struct history *history, struct past_events *events,
			  uint64_t batch, bool positions)
{
	struct event_record event;
	struct error error;
	uint64_t count = 0;
	bool more = true;

	while (more) {
		check(history_begin(history, &error), &error);
		for (uint64_t i = 0; i < batch && more; i++) {
			more = past_events_next(events, &event);
			if (!more)
				break;
			check(history_add(history, &event, &error), &error);
			count++;
		}
		if (positions)
			check(history_set_position(history, 1, "supervisor", 1,
						   count, &error),
			      &error);
		check(history_commit(history, &error), &error);
	}
	return count;
}

static int make_file(const char *path, uint64_t runs, unsigned events_a_run,
		     int64_t days)
{
	int64_t span_us = days * 86400 * INT64_C(1000000);
	struct past_events *events = past_events_new(
		runs, events_a_run, clock_real_us() - span_us, span_us);
	struct history *history = open_history(path);

	printf("%" PRIu64 "\n", write_all(history, events, LARGE_BATCH, false));
	history_close(history);
	past_events_free(events);
	return 0;
}

static int make_journal(const char *folder, uint64_t runs,
			unsigned events_a_run)
{
	static char data[EVENT_TEXT_MAX + 8 * 1024];
	int64_t span_us = INT64_C(86400) * 1000000;
	struct past_events *events = past_events_new(
		runs, events_a_run, clock_real_us() - span_us, span_us);
	struct event_record event;
	struct error error;
	struct journal *journal = journal_open(
		&(struct journal_settings){
			.folder = folder,
			.writer = "supervisor",
			.wake_fd = -1,
			.segment_size = SEGMENT_SIZE,
			.max_segments = 100000,
		},
		&error);

	if (!journal)
		check(-1, &error);
	while (past_events_next(events, &event)) {
		ssize_t size = event_encode(&event, data, sizeof(data));

		if (journal_append(journal, JOURNAL_EVENT, EVENT_VERSION, data,
				   (size_t)size) < 0)
			return 1;
	}
	journal_close(journal);
	past_events_free(events);
	return 0;
}

/* A row that is kept in memory. */
struct row {
	double place; /* 0 to 1: where it stands in its table */
	int table;
	int count;
	sqlite3_value **values;
};

static const char *const tables[] = {
	"event",  "run",    "output", "trend",	     "sample",
	"config", "minute", "hour",   "crash_group", "pool",
};
enum { TABLE_COUNT = sizeof(tables) / sizeof(tables[0]) };

static sqlite3 *open_base(const char *path)
{
	sqlite3 *base;

	if (sqlite3_open(path, &base) != SQLITE_OK)
		exit(1);
	return base;
}

static int compare_places(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return (a->place > b->place) - (a->place < b->place);
}

/* Reads all tables, whose rows are in the order in which they came; returns the
 * rows of all of them, mixed likewise, and sets `*count`. */
static struct row *read_rows(sqlite3 *base, size_t *count)
{
	struct row *rows = NULL;
	size_t capacity = 0;
	char sql[128];

	*count = 0;
	for (int table = 0; table < TABLE_COUNT; table++) {
		sqlite3_stmt *statement;
		size_t first = *count;

		snprintf(sql, sizeof(sql), "SELECT * FROM %s", tables[table]);
		if (sqlite3_prepare_v2(base, sql, -1, &statement, NULL) !=
		    SQLITE_OK)
			exit(1);
		while (sqlite3_step(statement) == SQLITE_ROW) {
			struct row row = {
				.table = table,
				.count = sqlite3_column_count(statement),
			};

			row.values = calloc((size_t)row.count,
					    sizeof(sqlite3_value *));
			for (int i = 0; i < row.count; i++)
				row.values[i] = sqlite3_value_dup(
					sqlite3_column_value(statement, i));
			if (*count == capacity) {
				capacity = capacity * 2 + 1024;
				rows = realloc(rows, capacity * sizeof(row));
				if (!rows)
					abort();
			}
			rows[(*count)++] = row;
		}
		sqlite3_finalize(statement);
		for (size_t i = first; i < *count; i++)
			rows[i].place =
				(double)(i - first) / (double)(*count - first);
	}
	qsort(rows, *count, sizeof(*rows), compare_places);
	return rows;
}

/* Hands rows as they are to tables that are the same. Returns how long it took.
 */
static int64_t insert_rows(sqlite3 *base, const struct row *rows, size_t count,
			   uint64_t batch)
{
	sqlite3_stmt *statements[TABLE_COUNT] = {NULL};
	int64_t began_ns;
	size_t in_batch = 0;

	for (size_t i = 0; i < count; i++) {
		char sql[512];
		size_t used;

		if (statements[rows[i].table])
			continue;
		used = (size_t)snprintf(sql, sizeof(sql),
					"INSERT INTO %s VALUES (?",
					tables[rows[i].table]);
		for (int column = 1; column < rows[i].count; column++)
			used += (size_t)snprintf(sql + used, sizeof(sql) - used,
						 ", ?");
		snprintf(sql + used, sizeof(sql) - used, ")");
		if (sqlite3_prepare_v2(base, sql, -1,
				       &statements[rows[i].table],
				       NULL) != SQLITE_OK)
			exit(1);
	}
	began_ns = clock_monotonic_ns();
	sqlite3_exec(base, "BEGIN", NULL, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		sqlite3_stmt *statement = statements[rows[i].table];

		for (int column = 0; column < rows[i].count; column++)
			sqlite3_bind_value(statement, column + 1,
					   rows[i].values[column]);
		if (sqlite3_step(statement) != SQLITE_DONE) {
			fprintf(stderr, "make-history: %s\n",
				sqlite3_errmsg(base));
			exit(1);
		}
		sqlite3_reset(statement);
		if (++in_batch == batch) {
			sqlite3_exec(base, "COMMIT; BEGIN", NULL, NULL, NULL);
			in_batch = 0;
		}
	}
	sqlite3_exec(base, "COMMIT", NULL, NULL, NULL);
	return clock_monotonic_ns() - began_ns;
}

static int compare_ingest(const char *folder, uint64_t runs,
			  unsigned events_a_run)
{
	int64_t span_us = INT64_C(86400) * 1000000;
	struct past_events *events = past_events_new(
		runs, events_a_run, clock_real_us() - span_us, span_us);
	struct event_record event;
	char path[600], bare[600];
	struct history *history;
	int64_t made_ns, began_ns, reeve_ns, bare_ns;
	uint64_t records;
	struct row *rows;
	size_t count;
	sqlite3 *base;

	/* What it costs to make them up is taken off. */
	began_ns = clock_monotonic_ns();
	while (past_events_next(events, &event))
		;
	made_ns = clock_monotonic_ns() - began_ns;
	past_events_free(events);
	events = past_events_new(runs, events_a_run, clock_real_us() - span_us,
				 span_us);
	snprintf(path, sizeof(path), "%s/reeve.db", folder);
	snprintf(bare, sizeof(bare), "%s/bare.db", folder);
	history = open_history(path);
	began_ns = clock_monotonic_ns();
	records = write_all(history, events, BATCH, true);
	reeve_ns = clock_monotonic_ns() - began_ns - made_ns;
	history_close(history);
	past_events_free(events);
	base = open_base(path);
	rows = read_rows(base, &count);
	sqlite3_close(base);
	history_close(open_history(bare));
	base = open_base(bare);
	sqlite3_exec(base,
		     "PRAGMA synchronous = NORMAL;"
		     "PRAGMA wal_autocheckpoint = 1000;"
		     "PRAGMA cache_size = -1024;",
		     NULL, NULL, NULL);
	bare_ns = insert_rows(base, rows, count, BATCH);
	sqlite3_close(base);
	printf("{\"records\": %" PRIu64 ", \"rows\": %zu, \"reeve_s\": %.3f, "
	       "\"bare_s\": %.3f}\n",
	       records, count, (double)reeve_ns / 1e9, (double)bare_ns / 1e9);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t runs;
	unsigned events_a_run;

	if (argc < 5)
		return 2;
	runs = strtoull(argv[3], NULL, 10);
	events_a_run = (unsigned)strtoul(argv[4], NULL, 10);
	if (strcmp(argv[1], "file") == 0 && argc == 6)
		return make_file(argv[2], runs, events_a_run,
				 strtol(argv[5], NULL, 10));
	if (strcmp(argv[1], "journal") == 0)
		return make_journal(argv[2], runs, events_a_run);
	if (strcmp(argv[1], "ingest") == 0)
		return compare_ingest(argv[2], runs, events_a_run);
	return 2;
}
