#include "config.h"

#include "store/stats.h"

#include <stdlib.h>
#include <string.h>

size_t stats_part(const int64_t *edges, size_t count, int64_t at_us)
{
	size_t low = 0, high = count;

	if (at_us < edges[0] || at_us >= edges[count])
		return count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (at_us < edges[middle])
			high = middle;
		else
			low = middle;
	}
	return low;
}

static int add_span(struct stats_spans *spans, int64_t value)
{
	size_t capacity = spans->capacity * 2 + 16;
	int64_t *values = spans->values;

	if (spans->count == spans->capacity) {
		values = realloc(values, capacity * sizeof(*values));
		if (!values)
			return -1;
		spans->values = values;
		spans->capacity = capacity;
	}
	spans->values[spans->count++] = value;
	return 0;
}

/* One worker, while it is gone through. */
struct walk {
	struct stats_figures *parts;
	const int64_t *edges;
	size_t count;
};

enum kind { WANTED, READY };

/* Adds the time from `from` to `to` to each part that it touches. */
static void add_time(const struct walk *walk, enum kind kind, int64_t from,
		     int64_t to)
{
	size_t part;

	if (from < walk->edges[0])
		from = walk->edges[0];
	if (to > walk->edges[walk->count])
		to = walk->edges[walk->count];
	if (from >= to)
		return;
	for (part = stats_part(walk->edges, walk->count, from);
	     part < walk->count && walk->edges[part] < to; part++) {
		int64_t first =
			from > walk->edges[part] ? from : walk->edges[part];
		int64_t last =
			to < walk->edges[part + 1] ? to : walk->edges[part + 1];

		if (kind == WANTED)
			walk->parts[part].wanted_us += last - first;
		else
			walk->parts[part].ready_us += last - first;
	}
}

/* Times that may overlap, in the order in which they begin, count once: `*done`
 * is up to where they are counted. */
static void add_once(const struct walk *walk, enum kind kind, int64_t from,
		     int64_t to, int64_t *done)
{
	if (from < *done)
		from = *done;
	if (to <= from)
		return;
	add_time(walk, kind, from, to);
	*done = to;
}

/* The first moment from the end of run `i` on at which the worker is ready; -1
 * where it was not wanted all the time until then, or is not ready yet. */
static int64_t recovered_at(const struct stats_run *runs, size_t count,
			    size_t i)
{
	int64_t end = runs[i].ended_us;

	/* The run before it may still have been there. */
	if (i > 0 && runs[i - 1].ready_us > 0 && runs[i - 1].ended_us > end)
		return end;
	for (size_t next = i + 1; next < count; next++) {
		if (runs[next].started_us > runs[next - 1].wanted_until_us &&
		    runs[next].started_us > runs[next - 1].ended_us)
			return -1;
		if (runs[next].ready_us > 0 && runs[next].ended_us > end)
			return runs[next].ready_us > end ? runs[next].ready_us
							 : end;
	}
	return -1;
}

static int count_run(const struct walk *walk, const struct stats_run *runs,
		     size_t run_count, size_t i)
{
	const struct stats_run *run = &runs[i];
	size_t part = stats_part(walk->edges, walk->count, run->started_us);
	int64_t recovered;

	if (part < walk->count)
		walk->parts[part].starts++;
	part = stats_part(walk->edges, walk->count, run->ready_us);
	if (run->ready_us > 0 && run->started_us > 0 && part < walk->count &&
	    add_span(&walk->parts[part].to_ready,
		     run->ready_us - run->started_us) < 0)
		return -1;
	if (!run->crash)
		return 0;
	part = stats_part(walk->edges, walk->count, run->ended_us);
	if (part < walk->count)
		walk->parts[part].crashes++;
	recovered = recovered_at(runs, run_count, i);
	part = stats_part(walk->edges, walk->count, recovered);
	if (recovered >= 0 && part < walk->count)
		return add_span(&walk->parts[part].to_recover,
				recovered - run->ended_us);
	return 0;
}

int stats_add_worker(struct stats_figures *parts, const int64_t *edges,
		     size_t count, const struct stats_run *runs,
		     size_t run_count)
{
	struct walk walk = {parts, edges, count};
	int64_t wanted_done = INT64_MIN, ready_done = INT64_MIN;

	for (size_t i = 0; i < run_count; i++) {
		const struct stats_run *run = &runs[i];
		int64_t from =
			run->started_us > 0 ? run->started_us : run->ended_us;
		int64_t until = run->wanted_until_us;

		if (count_run(&walk, runs, run_count, i) < 0)
			return -1;
		/* The next run takes its place. */
		if (i + 1 < run_count && runs[i + 1].started_us < until)
			until = runs[i + 1].started_us;
		if (until < run->ended_us)
			until = run->ended_us;
		add_once(&walk, WANTED, from, until, &wanted_done);
		if (run->ready_us > 0)
			add_once(&walk, READY, run->ready_us, run->ended_us,
				 &ready_done);
	}
	return 0;
}

static int merge_spans(struct stats_spans *to, const struct stats_spans *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (add_span(to, from->values[i]) < 0)
			return -1;
	return 0;
}

int stats_merge(struct stats_figures *to, const struct stats_figures *from)
{
	to->starts += from->starts;
	to->crashes += from->crashes;
	to->wanted_us += from->wanted_us;
	to->ready_us += from->ready_us;
	to->samples += from->samples;
	to->cpu_permille_sum += from->cpu_permille_sum;
	to->rss_sum += from->rss_sum;
	if (from->cpu_permille_max > to->cpu_permille_max)
		to->cpu_permille_max = from->cpu_permille_max;
	if (from->rss_max > to->rss_max)
		to->rss_max = from->rss_max;
	return merge_spans(&to->to_ready, &from->to_ready) < 0 ||
			       merge_spans(&to->to_recover, &from->to_recover) <
				       0
		       ? -1
		       : 0;
}

static int compare(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

int64_t stats_percentile(struct stats_spans *spans, unsigned percent)
{
	size_t rank = (spans->count * percent + 99) / 100;

	if (spans->count == 0)
		return -1;
	qsort(spans->values, spans->count, sizeof(*spans->values), compare);
	return spans->values[rank > 0 ? rank - 1 : 0];
}

double stats_availability(const struct stats_figures *figures)
{
	return figures->wanted_us > 0
		       ? (double)figures->ready_us / (double)figures->wanted_us
		       : -1;
}

int64_t stats_between_crashes_us(const struct stats_figures *figures)
{
	return figures->crashes > 0
		       ? figures->ready_us / (int64_t)figures->crashes
		       : -1;
}

void stats_release(struct stats_figures *figures)
{
	free(figures->to_ready.values);
	free(figures->to_recover.values);
	memset(figures, 0, sizeof(*figures));
}
