#include "config.h"

#include "supervisor/verdict.h"

#include "supervisor/instance.h"
#include "supervisor/placing.h"
#include "supervisor/process.h"

#include <unistd.h>

void verdict_take(struct worker *worker)
{
	const struct process *process = worker->process;
	struct spawn_failure failure;
	int verdict;

	if (process->verdict_fd < 0)
		return;
	verdict = spawn_read_verdict(process->verdict_fd, &failure);
	if (verdict == 0)
		return;
	verdict_forget(worker);
	worker->run.launching = false;
	if (verdict < 0) {
		worker->run.end.failure = failure;
		return;
	}
	placing_move(worker);
	if (worker->pool->config->ready.when == READY_STARTED)
		worker_input(worker, INPUT_READY, CAUSE_NONE);
}

static void on_verdict(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	verdict_take(context);
}

void verdict_watch(struct worker *worker, int fd)
{
	struct process *process = worker->process;

	process->verdict_fd = fd;
	if (fd < 0)
		return;
	event_assign(&process->verdict, worker->pool->instance->base, fd,
		     EV_READ | EV_PERSIST, on_verdict, worker);
	event_priority_set(&process->verdict, PRIORITY_REQUEST);
	event_add(&process->verdict, NULL);
}

void verdict_forget(struct worker *worker)
{
	struct process *process = worker->process;

	if (process->verdict_fd < 0)
		return;
	event_del(&process->verdict);
	close(process->verdict_fd);
	process->verdict_fd = -1;
}
