#include "config.h"

#include "supervisor/notify-internal.h"

#include "supervisor/fd-store.h"
#include "supervisor/health.h"
#include "supervisor/instance.h"
#include "supervisor/main-process.h"
#include "supervisor/publish.h"
#include "supervisor/watch.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Events about one run; then they end, whatever it does. */
enum { EVENTS_OF_RUN = 32 };

/* Longer times that a run asks for are cut to this. */
static const int64_t longest_us = INT64_C(365) * 24 * 3600 * 1000000;

void notify_tell(struct notify *notify, const char *format, ...)
{
	char text[512];
	struct event_record event = {.kind = EVENT_NOTIFY, .text = {text, 0}};
	va_list arguments;

	if (notify->events++ >= EVENTS_OF_RUN)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	event.text.size = strlen(text);
	event.state = notify->worker->state;
	publish_worker_event(notify->worker, &event);
}

void notify_refuse(struct notify *notify, const struct ucred *sender,
		   const char *reason)
{
	uint64_t power = 1;

	notify->refused++;
	while (power < notify->refused)
		power *= 10;
	if (power == notify->refused)
		notify_tell(notify,
			    "refused %" PRIu64 " message%s, the last one from "
			    "process %d of user %u: %s",
			    notify->refused, notify->refused > 1 ? "s" : "",
			    (int)sender->pid, (unsigned)sender->uid, reason);
}

/* ---- what a message asks for ---- */

static void change_activity(struct worker *worker, enum run_activity activity)
{
	worker->run.told.activity = activity;
	publish_worker(worker);
}

static void arm_stop(struct notify *notify, int64_t delay_us)
{
	const struct timeval delay = {delay_us / 1000000,
				      delay_us % 1000000 + 1};

	event_add(&notify->stop, &delay);
}

/* A run that stops by itself has as long for it as one that is told to. */
static void stopping(struct notify *notify)
{
	struct worker *worker = notify->worker;

	if (worker->run.told.activity == ACTIVITY_STOPPING)
		return;
	change_activity(worker, ACTIVITY_STOPPING);
	health_heartbeat_interval(worker, 0);
	arm_stop(notify, worker->run.stop_timeout_ns / 1000);
}

static void on_stop_late(evutil_socket_t fd, short what, void *context)
{
	struct notify *notify = context;

	(void)fd;
	(void)what;
	worker_end(notify->worker, CAUSE_UNHEALTHY,
		   "it said STOPPING=1, and did not end");
}

void notify_init_stop(struct notify *notify)
{
	event_assign(&notify->stop, notify->worker->pool->instance->base, -1, 0,
		     on_stop_late, notify);
	event_priority_set(&notify->stop, PRIORITY_EXIT);
}

/* What was sent before READY=1 and comes after it is over. */
static void reloading(struct notify *notify, int64_t since_us)
{
	struct worker *worker = notify->worker;

	if (worker->run.told.activity == ACTIVITY_NONE &&
	    (since_us < 0 || since_us > notify->ready_us))
		change_activity(worker, ACTIVITY_RELOADING);
}

static void ready(struct notify *notify)
{
	struct worker *worker = notify->worker;

	notify->ready_us = worker->kernel->now_ns() / 1000;
	if (worker->run.told.activity == ACTIVITY_RELOADING)
		change_activity(worker, ACTIVITY_NONE);
	if (worker->pool->config->ready.when == READY_NOTIFY)
		worker_input(worker, INPUT_READY, CAUSE_NONE);
}

static void extend(struct notify *notify, int64_t delay_us)
{
	if (delay_us > longest_us)
		delay_us = longest_us;
	worker_extend(notify->worker, delay_us * 1000);
	watch_extend(notify->worker, delay_us * 1000);
	if (event_pending(&notify->stop, EV_TIMEOUT, NULL))
		arm_stop(notify, delay_us);
}

static void change_main_process(struct notify *notify, pid_t pid)
{
	struct worker *worker = notify->worker;
	pid_t former = worker->run.pid;

	if (pid == former)
		return;
	if (main_process_change(worker, pid)) {
		publish_worker(worker);
		notify_tell(notify,
			    "the main process is now %d, before it was %d",
			    (int)pid, (int)former);
	} else {
		notify_tell(notify, "refused MAINPID=%d: no process of the run",
			    (int)pid);
	}
}

static void heartbeat(struct worker *worker,
		      const struct notification *notification)
{
	int64_t interval_us = notification->watchdog_us;

	if (interval_us > longest_us)
		interval_us = longest_us;
	if (interval_us >= 0)
		health_heartbeat_interval(worker, interval_us * 1000);
	if (notification->flags & NOTIFICATION_WATCHDOG)
		health_heartbeat(worker);
	if (notification->flags & NOTIFICATION_TRIGGER)
		health_trigger(worker);
}

static void store(struct notify *notify, struct received *received,
		  const struct notification *notification)
{
	bool watched = !(notification->flags & NOTIFICATION_FD_KEEP);
	size_t full = 0;

	for (size_t i = 0; i < received->fd_count; i++)
		full += !fd_store_add(notify->store, received->fds[i],
				      notification->fd_name, watched);
	notify_tell(notify, "stored %zu descriptors as \"%s\", %zu in all%s",
		    received->fd_count - full,
		    *notification->fd_name ? notification->fd_name : "stored",
		    fd_store_count(notify->store),
		    full > 0 ? "; there was no room for more" : "");
	received->fd_count = 0;
}

static void keep_fds(struct notify *notify, struct received *received,
		     const struct notification *notification)
{
	if (!notify->store)
		return;
	if (notification->flags & NOTIFICATION_FD_REMOVE)
		fd_store_remove(notify->store, notification->fd_name);
	if (notification->flags & NOTIFICATION_FD_STORE &&
	    received->fd_count > 0)
		store(notify, received, notification);
}

static void note(struct worker *worker, const struct notification *notification)
{
	struct run_told *told = &worker->run.told;

	if (notification->error_number > 0)
		told->error_number = notification->error_number;
	if (notification->exit_status >= 0) {
		told->exit_status = notification->exit_status;
		told->has_exit_status = true;
	}
	if (!(notification->flags & NOTIFICATION_STATUS) ||
	    strcmp(told->status, notification->status) == 0)
		return;
	memcpy(told->status, notification->status, sizeof(told->status));
	publish_worker(worker);
}

/* In the order in which one depends on the other. */
void notify_obey(struct notify *notify, struct received *received,
		 const struct notification *notification)
{
	struct worker *worker = notify->worker;

	if (notification->main_pid > 0)
		change_main_process(notify, notification->main_pid);
	note(worker, notification);
	if (notification->flags & NOTIFICATION_STOPPING)
		stopping(notify);
	if (notification->flags & NOTIFICATION_RELOADING)
		reloading(notify, notification->monotonic_us);
	if (notification->extend_us >= 0)
		extend(notify, notification->extend_us);
	if (notification->flags & NOTIFICATION_READY)
		ready(notify);
	heartbeat(worker, notification);
	keep_fds(notify, received, notification);
}
