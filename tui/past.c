#include "config.h"

#include "tui/past.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"

enum {
	NS_PER_MS = 1000 * 1000,
	/* So long questions may take: where a key waits, and where none does;
	 * and so long they wait for somebody else's lock. */
	KEY_MS = 100,
	LONGEST_MS = 2000,
	LOCK_MS = 100,
	/* None is asked for that long after a lock. */
	REST_MS = 900,
	/* What a run printed last, and its core, are told after its end. */
	SETTLING_US = 5 * 1000 * 1000,
};

void past_init(struct past *past, const char *path, bool hidden,
	       bool (*key_waits)(void))
{
	*past = (struct past){
		.hidden = hidden,
		.key_waits = key_waits,
		.latest_us = -1,
	};
	snprintf(past->path, sizeof(past->path), "%s", path);
}

static void drop(struct past *past)
{
	query_close(past->query);
	past->query = NULL;
}

void past_release(struct past *past)
{
	drop(past);
}

/* Whether a question may go on. */
static bool has_patience(void *context, bool locked)
{
	struct past *past = context;
	int64_t spent_ms =
		(clock_monotonic_ns() - past->asked_at_ns) / NS_PER_MS;

	if (locked)
		past->gave_up = spent_ms >= LOCK_MS;
	else
		past->gave_up = spent_ms >= LONGEST_MS ||
				(spent_ms >= KEY_MS && past->key_waits &&
				 past->key_waits());
	past->locked = past->gave_up && locked;
	return !past->gave_up;
}

static bool is_same_file(const struct past *past)
{
	struct stat status;

	return stat(past->path, &status) == 0 && status.st_ino == past->inode &&
	       status.st_dev == past->device;
}

static void open_file(struct past *past)
{
	struct stat status = {0};
	struct error error;

	(void)stat(past->path, &status);
	past->query =
		query_open_patiently(past->path, has_patience, past, &error);
	if (!past->query) {
		past_failed(past, &error);
		return;
	}
	past->inode = status.st_ino;
	past->device = status.st_dev;
	past->opened++;
}

struct query *past_query(struct past *past)
{
	int64_t now_ns = clock_monotonic_ns();

	if (past->query && !is_same_file(past))
		drop(past);
	if (now_ns < past->rest_until_ns)
		return NULL;
	past->asked_at_ns = now_ns;
	past->gave_up = false;
	past->problem[0] = '\0';
	if (!past->query)
		open_file(past);
	return past->query;
}

void past_failed(struct past *past, const struct error *error)
{
	if (!past->gave_up) {
		snprintf(past->problem, sizeof(past->problem), "%.200s",
			 error->text);
		drop(past);
		return;
	}
	snprintf(past->problem, sizeof(past->problem),
		 "the history is busy (%s); showing what was read last",
		 past->locked ? "locked" : "slow");
	if (past->locked)
		past->rest_until_ns =
			clock_monotonic_ns() + (int64_t)REST_MS * NS_PER_MS;
}

static void set_problem(struct past_reading *reading, const char *problem)
{
	snprintf(reading->problem, sizeof(reading->problem), "%s", problem);
}

struct query *past_reading_begin(struct past_reading *reading,
				 struct past *past, bool wanted)
{
	struct query *query;

	reading->began_us = clock_real_us();
	if (reading->began_us >= reading->at_us &&
	    reading->began_us - reading->at_us < 10 * reading->took_us)
		return NULL;
	query = past_query(past);
	if (!query) {
		reading->failed = true;
		set_problem(reading, past->problem);
		return NULL;
	}
	if (!wanted && !reading->failed && reading->opened == past->opened &&
	    reading->for_us == past->latest_us &&
	    reading->began_us - past->latest_us > SETTLING_US)
		return NULL;
	return query;
}

void past_reading_end(struct past_reading *reading, struct past *past,
		      int result, const struct error *error)
{
	if (result < 0)
		past_failed(past, error);
	reading->failed = result < 0;
	set_problem(reading, result < 0 ? past->problem : "");
	reading->opened = past->opened;
	reading->for_us = past->latest_us;
	reading->at_us = clock_real_us();
	reading->took_us = reading->at_us - reading->began_us;
}

bool past_reading_complain(const struct past_reading *reading, struct pen *pen)
{
	if (reading->problem[0])
		pen_print(pen, ROLE_WARN, " %s", reading->problem);
	return reading->problem[0] != '\0';
}
