#ifndef TUI_UNSEEN_H
#define TUI_UNSEEN_H

#include "base/error.h"
#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The crashes that this user has not looked at yet, in this instance. They
 * outlive the dashboard in a small file, so that the count is right after a
 * night:
 *
 *	until: 1764150000000000
 *	unseen: [17 web/0, 23 web/1]
 *
 * All crashes up to `until`, in microseconds since 1970, were seen, but those
 * of the list.
 */

enum { UNSEEN_MAXIMUM = 500 };

struct unseen_crash {
	int64_t run;
	char worker[WORKER_NAME_SIZE];
};

struct unseen {
	char path[700]; /* of the file; "": none */
	int64_t until_us;
	struct unseen_crash list[UNSEEN_MAXIMUM]; /* oldest first */
	size_t count;
};

/* Reads the file; where there is none, all before `since_us` was seen. */
void unseen_init(struct unseen *unseen, const char *path, int64_t since_us);

/* Tells of a crash. One that was seen, or is known, changes nothing; beyond the
 * maximum the oldest is forgotten. */
void unseen_add(struct unseen *unseen, int64_t at_us, int64_t run,
		const char *worker);

/* Marks the crash of `run` as seen, those of `worker` ("web/0"), or all. */
void unseen_see_run(struct unseen *unseen, int64_t run);
void unseen_see_worker(struct unseen *unseen, const char *worker);
void unseen_see_all(struct unseen *unseen);

/* Whether that worker has one. */
bool unseen_has_worker(const struct unseen *unseen, const char *worker);

/* Writes the file. Returns 0, or -1 and the reason. */
int unseen_save(const struct unseen *unseen, struct error *error);

#endif
