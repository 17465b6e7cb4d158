#include "config.h"

#include "store/query-crashes.h"

#include "base/clock.h"
#include "store/query-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first is answered by its index alone: no row of a run is read. */
enum crash_statement {
	CRASHES,
	GROUP_BY_NUMBER,
	GROUP_FIRST,
	GROUP_COUNT,
	GROUP_RUNS,
	CRASH_STATEMENT_COUNT,
};

static const char *const statements[CRASH_STATEMENT_COUNT] = {
	[CRASHES] = "SELECT ended_at, crash_group, pool, worker"
		    " FROM run INDEXED BY run_crash"
		    " WHERE crash_group IS NOT NULL"
		    " AND ended_at BETWEEN ?1 AND ?2 ORDER BY ended_at",
	[GROUP_BY_NUMBER] =
		"SELECT crash_group.id, name, cause, exit_code, exit_signal,"
		" sign, hidden FROM crash_group LEFT JOIN pool"
		" ON pool.id = crash_group.pool WHERE crash_group.id = ?1",
	[GROUP_FIRST] = "SELECT ended_at, run, config"
			" FROM run INDEXED BY run_group"
			" WHERE crash_group = ?1 ORDER BY ended_at LIMIT 1",
	[GROUP_COUNT] = "SELECT count(*), max(ended_at)"
			" FROM run INDEXED BY run_group"
			" WHERE crash_group = ?1",
	[GROUP_RUNS] = "SELECT run FROM run INDEXED BY run_group"
		       " WHERE crash_group = ?1 AND ended_at BETWEEN ?2 AND ?3"
		       " ORDER BY ended_at DESC LIMIT ?4",
};

const char *query_crash_sql(size_t number)
{
	return number < CRASH_STATEMENT_COUNT ? statements[number] : NULL;
}

/* A worker that is known to have crashed by a group. */
struct pair {
	int64_t group;
	int64_t pool;
	int64_t worker;
};

/* What is gathered while the crashes are gone through. */
struct gathering {
	const struct crash_choice *choice;
	int64_t *span;
	struct crash_group *groups;
	size_t count;
	size_t capacity;
	size_t *slots; /* of a hash table: number of the group + 1 */
	size_t slot_count; /* a power of two */
	struct pair *pairs; /* one hash table, open addressing; pool 0: free */
	size_t pair_count;
	size_t pair_slots;
};

static size_t hash(int64_t a, int64_t b)
{
	uint64_t mixed = (uint64_t)a * UINT64_C(0x9e3779b97f4a7c15) ^
			 (uint64_t)b * UINT64_C(0xc2b2ae3d27d4eb4f);

	return (size_t)(mixed ^ mixed >> 29);
}

static int out_of_memory(struct error *error)
{
	return error_set(error, "cannot count crashes: out of memory");
}

static int grow_groups(struct gathering *gathering)
{
	size_t slot_count = gathering->slot_count * 2 + 64;
	size_t capacity = slot_count / 2;
	struct crash_group *groups =
		realloc(gathering->groups, capacity * sizeof(*groups));

	while (slot_count & (slot_count - 1)) /* a power of two */
		slot_count &= slot_count - 1;
	if (!groups)
		return -1;
	gathering->groups = groups;
	gathering->capacity = slot_count / 2;
	free(gathering->slots);
	gathering->slot_count = slot_count;
	gathering->slots = calloc(slot_count, sizeof(*gathering->slots));
	if (!gathering->slots)
		return -1;
	for (size_t i = 0; i < gathering->count; i++) {
		size_t at = hash(groups[i].id, 0) & (slot_count - 1);

		while (gathering->slots[at])
			at = (at + 1) & (slot_count - 1);
		gathering->slots[at] = i + 1;
	}
	return 0;
}

/* The group of that number, made where it is new; NULL when memory is short. */
static struct crash_group *find_group(struct gathering *gathering, int64_t id)
{
	size_t at;

	if (gathering->count == gathering->capacity &&
	    grow_groups(gathering) < 0)
		return NULL;
	at = hash(id, 0) & (gathering->slot_count - 1);
	for (; gathering->slots[at];
	     at = (at + 1) & (gathering->slot_count - 1))
		if (gathering->groups[gathering->slots[at] - 1].id == id)
			return &gathering->groups[gathering->slots[at] - 1];
	gathering->slots[at] = ++gathering->count;
	gathering->groups[gathering->count - 1] = (struct crash_group){
		.id = id,
	};
	return &gathering->groups[gathering->count - 1];
}

/* Returns whether it is new; sets `*failed` when memory is short. */
static bool put_pair(struct gathering *gathering, struct pair pair,
		     bool *failed)
{
	size_t mask = gathering->pair_slots - 1, at;

	if (gathering->pair_count * 2 >= gathering->pair_slots) {
		struct pair *former = gathering->pairs;
		size_t former_slots = gathering->pair_slots;

		gathering->pair_slots = former_slots ? former_slots * 2 : 256;
		gathering->pair_count = 0;
		gathering->pairs =
			calloc(gathering->pair_slots, sizeof(*former));
		*failed = !gathering->pairs;
		for (size_t i = 0; i < former_slots && !*failed; i++)
			if (former[i].pool != 0)
				put_pair(gathering, former[i], failed);
		free(former);
		if (*failed)
			return false;
		mask = gathering->pair_slots - 1;
	}
	at = hash(pair.group, pair.pool << 20 ^ pair.worker) & mask;
	for (; gathering->pairs[at].pool != 0; at = (at + 1) & mask)
		if (memcmp(&gathering->pairs[at], &pair, sizeof(pair)) == 0)
			return false;
	gathering->pairs[at] = pair;
	gathering->pair_count++;
	return true;
}

static bool is_chosen(const struct crash_choice *choice, int64_t pool,
		      int64_t worker)
{
	if (choice->name_count == 0)
		return true;
	for (size_t i = 0; i < choice->name_count; i++)
		if (choice->names[i].pool == pool &&
		    (choice->names[i].worker < 0 ||
		     choice->names[i].worker == worker))
			return true;
	return false;
}

static int add_crash(struct gathering *gathering, sqlite3_stmt *row,
		     struct error *error)
{
	int64_t at_us = sqlite3_column_int64(row, 0);
	struct pair pair = {
		.group = sqlite3_column_int64(row, 1),
		.pool = sqlite3_column_int64(row, 2),
		.worker = sqlite3_column_int64(row, 3),
	};
	struct crash_group *group;
	bool failed = false;
	double part;

	if (!is_chosen(gathering->choice, pair.pool, pair.worker))
		return 0;
	if (gathering->span[0] == INT64_MIN)
		gathering->span[0] = at_us;
	group = find_group(gathering, pair.group);
	if (!group)
		return out_of_memory(error);
	group->crashes++;
	group->workers += put_pair(gathering, pair, &failed);
	group->last_at_us = at_us;
	part = (double)(at_us - gathering->span[0]) * CRASH_TREND_SIZE /
	       ((double)(gathering->span[1] - gathering->span[0]) + 1);
	if (part >= 0 && part < CRASH_TREND_SIZE)
		group->trend[(size_t)part]++;
	return failed ? out_of_memory(error) : 0;
}

static int gather(struct query *query, struct gathering *gathering,
		  struct error *error)
{
	sqlite3_stmt *statement =
		query_prepare(query, statements[CRASHES], error);
	int result, failed = 0;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, gathering->choice->since_us);
	sqlite3_bind_int64(statement, 2, gathering->choice->until_us);
	while (!failed && (result = sqlite3_step(statement)) == SQLITE_ROW)
		failed = add_crash(gathering, statement, error);
	if (!failed && result != SQLITE_DONE)
		failed = query_fail(query, error);
	sqlite3_finalize(statement);
	return failed;
}

/* What is the same for all crashes of a group, by GROUP_BY_NUMBER. Sets
 * `*hidden`. Returns 1, 0 when there is no such group, or -1. */
static int read_group(struct query *query, sqlite3_stmt *row,
		      struct crash_group *group, bool *hidden,
		      struct error *error)
{
	int result;

	sqlite3_bind_int64(row, 1, group->id);
	result = sqlite3_step(row);
	if (result == SQLITE_ROW) {
		query_copy_text(row, 1, group->pool, sizeof(group->pool));
		query_copy_text(row, 5, group->sign, sizeof(group->sign));
		group->ending = (struct ending){
			.cause = (enum end_cause)sqlite3_column_int(row, 2),
			.code = sqlite3_column_int(row, 3),
			.signal = sqlite3_column_int(row, 4),
		};
		*hidden = sqlite3_column_int(row, 6) != 0;
	} else if (result != SQLITE_DONE) {
		query_fail(query, error);
	}
	sqlite3_reset(row);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

/* Its first crash, by GROUP_FIRST. */
static int read_first(struct query *query, sqlite3_stmt *row,
		      struct crash_group *group, struct error *error)
{
	int result;

	sqlite3_bind_int64(row, 1, group->id);
	result = sqlite3_step(row);
	if (result == SQLITE_ROW) {
		group->first_at_us = sqlite3_column_int64(row, 0);
		group->first_run = sqlite3_column_int64(row, 1);
		group->first_config = sqlite3_column_int64(row, 2);
	} else if (result != SQLITE_DONE) {
		query_fail(query, error);
	}
	sqlite3_reset(row);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

static int by_crashes(const void *left, const void *right)
{
	const struct crash_group *a = left, *b = right;

	if (a->crashes != b->crashes)
		return a->crashes < b->crashes ? 1 : -1;
	return (a->last_at_us < b->last_at_us) -
	       (a->last_at_us > b->last_at_us);
}

/* Completes groups of which the numbers are known, and drops those that are
 * not, and those of helpers unless `hidden`. Returns how many are left, or
 * -1. */
static ssize_t complete(struct query *query, struct crash_group *groups,
			size_t count, bool hidden, struct error *error)
{
	sqlite3_stmt *by_number =
		query_prepare(query, statements[GROUP_BY_NUMBER], error);
	sqlite3_stmt *first =
		query_prepare(query, statements[GROUP_FIRST], error);
	ssize_t kept = by_number && first ? 0 : -1;

	for (size_t i = 0; kept >= 0 && i < count; i++) {
		bool is_hidden = false;
		int found = read_group(query, by_number, &groups[i], &is_hidden,
				       error);

		if (found < 0 ||
		    read_first(query, first, &groups[i], error) < 0)
			kept = -1;
		else if (found == 1 && (hidden || !is_hidden))
			groups[kept++] = groups[i];
	}
	sqlite3_finalize(by_number);
	sqlite3_finalize(first);
	return kept;
}

ssize_t query_crash_groups(struct query *query,
			   const struct crash_choice *choice, int64_t span[2],
			   struct crash_group **list, struct error *error)
{
	struct gathering gathering = {.choice = choice, .span = span};
	ssize_t count = -1;

	span[0] = choice->since_us;
	span[1] = choice->until_us == INT64_MAX ? clock_real_us()
						: choice->until_us;
	if (gather(query, &gathering, error) == 0)
		count = complete(query, gathering.groups, gathering.count,
				 choice->hidden || choice->name_count > 0,
				 error);
	free(gathering.slots);
	free(gathering.pairs);
	if (count > 0 && gathering.groups)
		qsort(gathering.groups, (size_t)count,
		      sizeof(*gathering.groups), by_crashes);
	if (count < 0)
		free(gathering.groups);
	*list = count < 0 ? NULL : gathering.groups;
	return count;
}

int query_crash_group(struct query *query, int64_t id,
		      struct crash_group *group, struct error *error)
{
	sqlite3_stmt *row;
	ssize_t found;
	int result;

	*group = (struct crash_group){.id = id};
	found = complete(query, group, 1, true, error);
	if (found != 1)
		return (int)found;
	row = query_prepare(query, statements[GROUP_COUNT], error);
	if (!row)
		return -1;
	sqlite3_bind_int64(row, 1, id);
	result = sqlite3_step(row);
	group->crashes = (uint64_t)sqlite3_column_int64(row, 0);
	group->last_at_us = sqlite3_column_int64(row, 1);
	if (result != SQLITE_ROW)
		query_fail(query, error);
	sqlite3_finalize(row);
	/* One without crashes is left from before its output was known. */
	return result != SQLITE_ROW ? -1 : group->crashes > 0;
}

/* The numbers of the runs, the newest first, in a list that the caller frees.
 * Returns how many, or -1. */
static ssize_t list_runs(struct query *query, sqlite3_stmt *statement,
			 int64_t **list, struct error *error)
{
	size_t count = 0, capacity = 0;
	int64_t *longer;
	int result;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		if (count == capacity) {
			capacity = capacity * 2 + 256;
			longer = realloc(*list, capacity * sizeof(*longer));
			if (!longer)
				return out_of_memory(error);
			*list = longer;
		}
		(*list)[count++] = sqlite3_column_int64(statement, 0);
	}
	return result == SQLITE_DONE ? (ssize_t)count
				     : query_fail(query, error);
}

int query_group_runs(struct query *query, int64_t group, int64_t since_us,
		     int64_t until_us, uint64_t limit, past_run_fn *tell,
		     void *context, struct error *error)
{
	sqlite3_stmt *statement =
		query_prepare(query, statements[GROUP_RUNS], error);
	bool more = true;
	int64_t *list = NULL;
	struct past_run run;
	ssize_t count;
	int found;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, group);
	sqlite3_bind_int64(statement, 2, since_us);
	sqlite3_bind_int64(statement, 3, until_us);
	sqlite3_bind_int64(statement, 4, limit > 0 ? (int64_t)limit : -1);
	count = list_runs(query, statement, &list, error);
	sqlite3_finalize(statement);
	for (ssize_t i = list ? count : 0; more && i-- > 0;) {
		found = query_run(query, list[i], &run, error);
		if (found < 0)
			count = -1;
		more = found >= 0;
		if (found != 1)
			continue;
		more = tell(&run, context);
		past_run_release(&run);
	}
	free(list);
	return count < 0 ? -1 : 0;
}
