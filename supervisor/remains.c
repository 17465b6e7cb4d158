#include "config.h"

#include "supervisor/remains.h"

#include "supervisor/instance.h"
#include "supervisor/process.h"

#include <errno.h>
#include <unistd.h>

static struct remains *remains_of(const struct worker *worker)
{
	struct process *process = worker->process;

	return &process->remains;
}

/* That the loop has been woken is all that is wanted. */
static void on_emptied(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	(void)context;
}

/* Keeps cgroup.events open, as long as there are not too many such files. */
static void keep(struct worker *worker, int fd)
{
	struct remains *remains = remains_of(worker);
	struct instance *instance = worker->pool->instance;

	if (instance->kept_events >=
	    configuration_kept_files(instance->nofile.rlim_max)) {
		close(fd);
		return;
	}
	/* Of each change once: the file is always readable. */
	event_assign(&remains->emptied, instance->base, fd,
		     EV_READ | EV_ET | EV_PERSIST, on_emptied, NULL);
	event_priority_set(&remains->emptied, PRIORITY_IDLE);
	event_add(&remains->emptied, NULL);
	remains->fd = fd;
	instance->kept_events++;
}

void remains_init(struct worker *worker)
{
	remains_of(worker)->fd = -1;
}

void remains_forget(struct worker *worker)
{
	struct remains *remains = remains_of(worker);

	if (remains->fd < 0)
		return;
	/* Out of epoll before it is closed: a child that is starting still
	 * shares the file. */
	event_del(&remains->emptied);
	close(remains->fd);
	remains->fd = -1;
	worker->pool->instance->kept_events--;
}

bool remains_exist(struct worker *worker)
{
	struct remains *remains = remains_of(worker);
	const struct instance *instance = worker->pool->instance;
	int populated, fd;

	if (worker->pool->hidden)
		return false;
	if (!instance->use_cgroups)
		return true;
	if (remains->fd >= 0) {
		populated = cgroup_events_populated(remains->fd);
		if (populated >= 0)
			return populated > 0;
		/* The sweeper has made the cgroup anew. */
		remains_forget(worker);
	}
	fd = cgroup_open_events(&instance->cgroups, worker->pool->config->name,
				worker->index);
	/* Where files are short, the sweeper can tell. */
	if (fd < 0)
		return errno != ENOENT;
	populated = cgroup_events_populated(fd);
	keep(worker, fd);
	return populated > 0;
}
