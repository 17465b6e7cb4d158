#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "store/query.h"

/* Which part of a history is copied. */
struct export_choice {
	const struct query_name *names; /* of these … */
	size_t name_count; /* … 0: of all */
	bool hidden; /* those of helpers too, where no names are given */
	int64_t since_us;
	int64_t until_us; /* inclusive */
};

struct export_count {
	int64_t runs;
	int64_t events;
};

/*
 * Copies runs that were there in a span of time, with all that belongs to them,
 * and the events and configs of that span, into a new history at `path`. It has
 * that name only when it is complete; until then it is called PATH.partial-PID,
 * and a signal that ends the process removes it. Returns 0, or -1 and the
 * reason, and there is nothing at `path` that was not there before.
 */
int export_history(struct query *query, const struct export_choice *choice,
		   const char *path, struct export_count *count,
		   struct error *error);

#endif
