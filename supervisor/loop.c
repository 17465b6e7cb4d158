#include "config.h"

#include "supervisor/loop.h"

#include "supervisor/gate.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/mini-init.h"
#include "supervisor/notify.h"
#include "supervisor/output.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/reaper.h"
#include "supervisor/reloading.h"
#include "supervisor/shutdown.h"

#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How many FIFO pairs are made before other events have their turn. */
enum { PREPARE_AT_ONCE = 16 };

struct loop {
	struct instance *instance;
	int signal_fd;
	int child_fd;
	struct event *signals;
	struct event *children;
	struct event *starts;
	struct event *idle;
	struct event *collect;
	bool held; /* something waits until workers are up */
	bool pairs_missing; /* some worker may lack its second FIFO pair */
};

void loop_soon(struct event *event)
{
	static const struct timeval delay = {.tv_usec = 2000};

	if (!event_pending(event, EV_TIMEOUT, NULL))
		event_add(event, &delay);
}

/* ---- signals ---- */

/* Who sent a signal; the terminal has no user. */
static struct asker sender_of(const struct signalfd_siginfo *info)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{SIGHUP, "SIGHUP"},
		     {SIGINT, "SIGINT"},
		     {SIGTERM, "SIGTERM"},
		     {SIGQUIT, "SIGQUIT"}};
	struct asker asker = {.command = NULL};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == (int)info->ssi_signo)
			asker.command = names[i].name;
	if (info->ssi_code != SI_KERNEL)
		asker.uid = (uint64_t)info->ssi_uid + 1;
	return asker;
}

static void take_signal(struct instance *instance, int number,
			const struct asker *asker)
{
	bool is_hangup = number == SIGHUP;

	if (is_hangup && !mini_init_is_on(instance)) {
		reloading_begin(instance, NULL, false, asker);
	} else if (number == SIGINT && instance->phase >= PHASE_STOPPING) {
		shutdown_kill(instance);
	} else if (number == SIGINT || number == SIGTERM || number == SIGQUIT) {
		mini_init_stop_by(instance, number);
		shutdown_begin(instance, asker);
	} else {
		mini_init_forward(instance, number);
	}
}

static void on_signal(evutil_socket_t fd, short what, void *context)
{
	struct loop *loop = context;
	struct signalfd_siginfo info;
	struct asker asker;

	(void)what;
	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		asker = sender_of(&info);
		take_signal(loop->instance, (int)info.ssi_signo, &asker);
	}
}

/* Some child has died. Workers come by their pidfds; the rest is reaped here,
 * at the lowest priority. */
static void on_child(evutil_socket_t fd, short what, void *context)
{
	struct loop *loop = context;
	struct signalfd_siginfo info;

	(void)what;
	while (read(fd, &info, sizeof(info)) == sizeof(info))
		;
	reaper_reap_all(loop->instance);
}

/* Has signals come by `fd`; -1: by a new one. Returns it, or -1 with errno. */
static int take_by(int fd, const int *signals, size_t count)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(fd, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int take_asked(const struct loop *loop)
{
	static const int asked[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
				    SIGUSR1, SIGUSR2, SIGWINCH};
	/* The last four only where there is somebody to pass them on to. */
	size_t count = mini_init_is_on(loop->instance) ? 7 : 3;

	return take_by(loop->signal_fd, asked, count);
}

void loop_take_signals(struct instance *instance)
{
	/* None is given back: one that is under way would end reeve. */
	if (mini_init_is_on(instance))
		take_asked(instance->loop);
}

static int open_signals(struct loop *loop)
{
	static const int child[] = {SIGCHLD};
	sigset_t pipe;

	/* Blocked, not ignored: children would inherit that. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, NULL);
	loop->signal_fd = take_asked(loop);
	loop->child_fd = take_by(-1, child, 1);
	return loop->signal_fd < 0 || loop->child_fd < 0 ? -1 : 0;
}

/* Has an event come again, after those that are there by then. (It would be
 * the very next one, were it made active from its own callback.) */
static void take_turn(struct event *event)
{
	const struct timeval now = {0, 0};

	event_add(event, &now);
}

/* ---- starts ---- */

/* Has workers of a pool start that are wanted, or whose start waits for the
 * gate; at most `room`. Returns how many have begun. */
static size_t start_some(struct pool *pool, size_t room)
{
	size_t begun = 0;

	for (uint32_t i = 0; i < pool->count && begun < room; i++) {
		struct worker *worker = pool->workers[i];
		uint64_t run = worker->last_run;

		if (worker->state == WORKER_STOPPED && worker->wanted)
			worker_input(worker, INPUT_START, CAUSE_NONE);
		else if (worker->state == WORKER_BACKOFF && worker->gated)
			worker_input(worker, INPUT_CLEARED, CAUSE_NONE);
		begun += worker->last_run != run;
	}
	return begun;
}

/* Tells the service manager once that everything is up. */
static bool announce(struct instance *instance)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		if (!pool_is_up(instance->pools[i]))
			return false;
	notify_service_manager("READY=1");
	return true;
}

static void on_starts(evutil_socket_t fd, short what, void *context)
{
	struct loop *loop = context;
	struct instance *instance = loop->instance;
	size_t room = gate_room(instance);

	(void)fd;
	(void)what;
	if (instance->phase != PHASE_RUNNING)
		return;
	loop->held = room == 0;
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		room -= start_some(instance->pools[i], room);
	/* There may be more of them than there was room. */
	loop->held |= room == 0;
	/* Those that are ready at once make room for more. */
	if (room == 0 && gate_room(instance) > 0)
		take_turn(loop->starts);
	if (!instance->announced)
		instance->announced = announce(instance);
	loop->held |= !instance->announced;
}

void loop_hold(struct instance *instance)
{
	instance->loop->held = true;
}

void loop_worker_up(struct instance *instance)
{
	if (instance->loop->held)
		loop_start_workers(instance);
}

void loop_start_workers(struct instance *instance)
{
	event_active(instance->loop->starts, EV_TIMEOUT, 0);
}

/* ---- what is gone ---- */

static void drop_pool(struct instance *instance, size_t number)
{
	struct pool *pool = instance->pools[number];

	instance->pool_count--;
	memmove(&instance->pools[number], &instance->pools[number + 1],
		(instance->pool_count - number) * sizeof(struct pool *));
	pool_free(pool);
}

/* Whether a pool has, or may get back, its section from a former config. */
static bool needs_former(const struct pool *pool)
{
	return pool->gone || pool->config_number > 0 ||
	       (pool->rolling.active && pool->rolling.former.config);
}

static void drop_former(struct instance *instance)
{
	struct configuration **former = &instance->configuration->former;

	for (size_t i = 0; i < instance->pool_count; i++)
		if (needs_former(instance->pools[i]))
			return;
	while (*former) {
		struct configuration *next = (*former)->former;

		configuration_free(*former);
		*former = next;
	}
}

static void on_collect(evutil_socket_t fd, short what, void *context)
{
	struct loop *loop = context;
	struct instance *instance = loop->instance;
	struct error error;
	bool dropped = false;

	(void)fd;
	(void)what;
	for (size_t i = instance->pool_count; i-- > 0;) {
		struct pool *pool = instance->pools[i];

		pool_drop_gone(pool);
		if (!pool->gone || pool->count > 0)
			continue;
		drop_pool(instance, i);
		dropped = true;
	}
	if (dropped && publish_rebuild(instance, &error) < 0)
		publish_warning(instance, "%s", error.text);
	drop_former(instance);
}

void loop_collect(struct instance *instance)
{
	event_active(instance->loop->collect, EV_TIMEOUT, 0);
}

/* ---- idle ---- */

/* Makes second FIFO pairs; returns whether there may be more to make. */
static bool make_pairs(struct instance *instance)
{
	size_t made = 0;

	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count && !pool->hidden; j++) {
			struct worker *worker = pool->workers[j];

			if (!output_lacks_pair(worker))
				continue;
			if (made == PREPARE_AT_ONCE)
				return true;
			/* What fails here fails again at the start, and is
			 * told there. */
			if (output_make(worker, worker->run.pair ^ 1) < 0)
				return false;
			made++;
		}
	}
	return false;
}

static void on_idle(evutil_socket_t fd, short what, void *context)
{
	struct loop *loop = context;

	(void)fd;
	(void)what;
	if (publish_wants_prepare(loop->instance->publish))
		publish_prepare(loop->instance->publish);
	if (loop->pairs_missing && make_pairs(loop->instance))
		take_turn(loop->idle);
	else
		loop->pairs_missing = false;
}

void loop_prepare(struct instance *instance)
{
	instance->loop->pairs_missing = true;
	event_active(instance->loop->idle, EV_TIMEOUT, 0);
}

/* ---- open and close ---- */

static struct event *add(struct loop *loop, int fd, int priority,
			 event_callback_fn callback)
{
	struct event *event =
		event_new(loop->instance->base, fd,
			  fd < 0 ? 0 : EV_READ | EV_PERSIST, callback, loop);

	if (event)
		event_priority_set(event, priority);
	if (event && fd >= 0)
		event_add(event, NULL);
	return event;
}

struct loop *loop_open(struct instance *instance, struct error *error)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop) {
		error_set(error, "cannot begin the event loop: out of memory");
		return NULL;
	}
	loop->instance = instance;
	loop->signal_fd = loop->child_fd = -1;
	if (open_signals(loop) < 0) {
		error_set_errno(error, "cannot begin the event loop: signalfd");
		loop_close(loop);
		return NULL;
	}
	loop->signals = add(loop, loop->signal_fd, PRIORITY_EXIT, on_signal);
	loop->children = add(loop, loop->child_fd, PRIORITY_IDLE, on_child);
	loop->starts = add(loop, -1, PRIORITY_START, on_starts);
	loop->collect = add(loop, -1, PRIORITY_IDLE, on_collect);
	loop->idle = add(loop, -1, PRIORITY_IDLE, on_idle);
	if (loop->signals && loop->children && loop->starts && loop->collect &&
	    loop->idle)
		return loop;
	error_set(error, "cannot begin the event loop: out of memory");
	loop_close(loop);
	return NULL;
}

void loop_close(struct loop *loop)
{
	struct event *events[5];

	if (!loop)
		return;
	memcpy(events,
	       (struct event *[]){loop->signals, loop->children, loop->starts,
				  loop->collect, loop->idle},
	       sizeof(events));
	for (size_t i = 0; i < 5; i++)
		if (events[i])
			event_free(events[i]);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	if (loop->child_fd >= 0)
		close(loop->child_fd);
	free(loop);
}
