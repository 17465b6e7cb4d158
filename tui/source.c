#include "config.h"

#include "tui/source.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A pidfd of the supervisor behind `table`, or -1 when it is gone. The kernel
 * may have given its pid away before the table was opened; whoever has it then
 * ends one day too. */
static int watch(const struct live_table *table)
{
	int64_t pid = live_table_instance(table)->pid;

	if (pid <= 0 || live_table_is_stopped(table))
		return -1;
	return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

static bool has_ended(int pidfd)
{
	struct pollfd wait = {.fd = pidfd, .events = POLLIN};

	return pidfd < 0 || poll(&wait, 1, 0) == 1;
}

int source_open(struct source *source, const char *path, struct error *error)
{
	*source = (struct source){.path = path, .pidfd = -1};
	source->table = live_table_open(path, error);
	if (!source->table)
		return -1;
	source->pidfd = watch(source->table);
	source->alive = !has_ended(source->pidfd);
	return 0;
}

bool source_check(struct source *source)
{
	struct source newer;
	struct error ignored; /* there is no newer one yet */

	if (source->alive && (live_table_is_stopped(source->table) ||
			      has_ended(source->pidfd))) {
		source->alive = false;
		if (source->pidfd >= 0)
			close(source->pidfd);
		source->pidfd = -1;
	}
	if (source->alive && !live_table_is_superseded(source->table))
		return false;
	if (source_open(&newer, source->path, &ignored) < 0)
		return false;
	if (!newer.alive) {
		source_close(&newer);
		return false;
	}
	source_close(source);
	*source = newer;
	return true;
}

void source_close(struct source *source)
{
	live_table_close(source->table);
	if (source->pidfd >= 0)
		close(source->pidfd);
	*source = (struct source){.path = source->path, .pidfd = -1};
}
