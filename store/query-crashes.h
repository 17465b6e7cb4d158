#ifndef STORE_QUERY_CRASHES_H
#define STORE_QUERY_CRASHES_H

#include "store/query.h"

/*
 * Crashes by what they have in common: those of a pool with the same cause, the
 * same exit code or signal, and the same sign (what the last error line of the
 * output says, or the functions in which they crashed).
 */

/* Into so many parts of equal length a span of time is divided. */
enum { CRASH_TREND_SIZE = 30 };

struct crash_group {
	int64_t id;
	char pool[NAME_SIZE];
	struct ending ending; /* without step and object: `sign` has them */
	char sign[200]; /* "": nothing tells it from others */
	/* In the span of time and of the names that are asked for: */
	uint64_t crashes;
	uint64_t workers;
	int64_t last_at_us;
	uint32_t trend[CRASH_TREND_SIZE]; /* crashes in each part of it */
	/* Ever: */
	int64_t first_at_us;
	int64_t first_run;
	int64_t first_config; /* 0: not known */
};

struct crash_choice {
	const struct query_name *names; /* of these … */
	size_t name_count; /* … 0: of all */
	int64_t since_us;
	int64_t until_us; /* inclusive */
	bool hidden; /* those of helpers too, where no names are given */
};

/*
 * Finds the groups of the crashes that are chosen, the one that has happened
 * most often first. Sets `*list`, which the caller frees. The span of time that
 * their trends divide is put into `span`: it begins with the first crash where
 * `since_us` is INT64_MIN, and ends now where `until_us` is INT64_MAX. Returns
 * how many there are, or -1 and the reason.
 */
ssize_t query_crash_groups(struct query *query,
			   const struct crash_choice *choice, int64_t span[2],
			   struct crash_group **list, struct error *error);

/* Finds one group, with the crashes of all times, but without a trend. Returns
 * 1, 0 when there is none, or -1 and the reason. */
int query_crash_group(struct query *query, int64_t id,
		      struct crash_group *group, struct error *error);

/* Tells the last `limit` runs (0: all) of a group that ended in a span of time,
 * the oldest first. */
int query_group_runs(struct query *query, int64_t group, int64_t since_us,
		     int64_t until_us, uint64_t limit, past_run_fn *tell,
		     void *context, struct error *error);

/* The SQL of all of them, for the test that pins its plans; NULL behind the
 * last. */
const char *query_crash_sql(size_t number);

#endif
