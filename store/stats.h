#ifndef STORE_STATS_H
#define STORE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Figures of how a worker did, from its runs: pure arithmetic. All times are
 * microseconds since 1970, all spans microseconds. The figures are counted by
 * the parts of a span of time: part i is from edges[i] up to edges[i + 1],
 * without that moment itself.
 *
 * wanted	a run was there, or had ended and another one was to follow
 * ready	a run was ready: from its first readiness to its end
 *
 * Where runs overlap (the new one is ready before the old one stops) that time
 * counts once.
 */

struct stats_run {
	int64_t started_us; /* 0: not known */
	int64_t ready_us; /* 0: never */
	int64_t ended_us; /* INT64_MAX: it is still up */
	/* Until when a next run was to follow: ended_us where none was;
	 * INT64_MAX: until there is one. */
	int64_t wanted_until_us;
	bool crash;
};

struct stats_spans {
	int64_t *values;
	size_t count;
	size_t capacity;
};

struct stats_figures {
	uint64_t starts;
	uint64_t crashes;
	int64_t wanted_us;
	int64_t ready_us;
	struct stats_spans to_ready; /* from start to ready, of each run */
	struct stats_spans to_recover; /* from each crash to ready again */
	uint64_t samples; /* their number; sums and maxima of them */
	uint64_t cpu_permille_sum;
	uint64_t cpu_permille_max;
	uint64_t rss_sum;
	uint64_t rss_max;
};

/* The part in which a moment is; `count` where it is in none. */
size_t stats_part(const int64_t *edges, size_t count, int64_t at_us);

/*
 * Adds what a worker did to `parts`, of which there are `count`. `runs` are in
 * the order in which they began. Returns 0, or -1 when memory is short.
 */
int stats_add_worker(struct stats_figures *parts, const int64_t *edges,
		     size_t count, const struct stats_run *runs,
		     size_t run_count);

/* Adds `from` to `to`. Returns 0, or -1 when memory is short. */
int stats_merge(struct stats_figures *to, const struct stats_figures *from);

/* The smallest of the spans that at least `percent` of them do not exceed; -1
 * where there are none. Sorts them. */
int64_t stats_percentile(struct stats_spans *spans, unsigned percent);

/* The share of the wanted time in which it was ready; -1 where it was not
 * wanted. */
double stats_availability(const struct stats_figures *figures);

/* The ready time for each crash; -1 without a crash. */
int64_t stats_between_crashes_us(const struct stats_figures *figures);

/* Frees what they hold. */
void stats_release(struct stats_figures *figures);

#endif
