#include "config.h"

#include "tui/loop.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "tui/source.h"
#include "tui/terminal.h"

enum watched {
	WATCH_KEYS,
	WATCH_SIGNALS,
	WATCH_CLOCK,
	WATCH_PEER,
	WATCH_COUNT
};

struct loop {
	const struct loop_options *options;
	struct source source;
	struct dashboard dashboard;
	int signals; /* signalfd */
	int clock; /* timerfd: the next refresh */
	sigset_t caught;
	sigset_t former_mask;
	int ended_by; /* a signal to die of; 0: none */
};

/* Wakes up shortly after the next full second, so that the clock on the screen
 * is right. */
static void arm_clock(const struct loop *loop)
{
	enum { SECOND_US = 1000000, NS_PER_US = 1000 };
	int64_t rest_us = SECOND_US - clock_real_us() % SECOND_US;
	struct itimerspec next = {
		.it_value.tv_sec = rest_us / SECOND_US,
		.it_value.tv_nsec = rest_us % SECOND_US * NS_PER_US,
	};

	timerfd_settime(loop->clock, 0, &next, NULL);
}

/* Takes the model anew. When the supervisor is gone the last one stays. */
static void refresh(struct loop *loop)
{
	bool was_alive = loop->dashboard.alive;

	source_check(&loop->source);
	loop->dashboard.alive = loop->source.alive;
	if (was_alive || loop->source.alive)
		model_take(&loop->dashboard.model, loop->source.table,
			   loop->options->helpers);
	dashboard_update(&loop->dashboard);
}

static void show(struct loop *loop, bool paint)
{
	struct canvas canvas;
	int rows;
	int columns;

	terminal_size(&rows, &columns);
	canvas_init(&canvas, rows, columns, glyphs_choose());
	dashboard_draw(&loop->dashboard, &canvas);
	terminal_show(&canvas, paint);
	canvas_release(&canvas);
}

static enum redo on_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
		return REDO_NOTHING;
	switch (info.ssi_signo) {
	case SIGWINCH:
		return REDO_PAINT;
	case SIGTSTP:
		return REDO_SUSPEND;
	case SIGCONT:
		terminal_resume();
		return REDO_PAINT;
	default:
		loop->ended_by = (int)info.ssi_signo;
		return REDO_QUIT;
	}
}

static enum redo on_clock(struct loop *loop)
{
	uint64_t ticks;

	if (read(loop->clock, &ticks, sizeof(ticks)) != sizeof(ticks))
		return REDO_NOTHING;
	refresh(loop);
	arm_clock(loop);
	return REDO_DRAW;
}

static enum redo on_keys(struct loop *loop)
{
	enum redo redo = REDO_NOTHING;
	int key;

	while ((key = terminal_key()) >= 0)
		redo |= dashboard_key(&loop->dashboard, key);
	return redo;
}

/* Waits for what comes next and says what it asks for. */
static enum redo wait_next(struct loop *loop)
{
	struct pollfd fds[WATCH_COUNT] = {
		[WATCH_KEYS] = {.fd = STDIN_FILENO, .events = POLLIN},
		[WATCH_SIGNALS] = {.fd = loop->signals, .events = POLLIN},
		[WATCH_CLOCK] = {.fd = loop->clock, .events = POLLIN},
		/* -1, which poll(2) leaves out, once it is gone */
		[WATCH_PEER] = {.fd = loop->source.pidfd, .events = POLLIN},
	};
	enum redo redo = REDO_NOTHING;

	if (poll(fds, WATCH_COUNT, -1) < 0)
		return errno == EINTR ? REDO_NOTHING : REDO_QUIT;
	if (fds[WATCH_SIGNALS].revents)
		redo |= on_signal(loop);
	if (fds[WATCH_KEYS].revents & (POLLHUP | POLLERR | POLLNVAL))
		redo |= REDO_QUIT;
	else if (fds[WATCH_KEYS].revents)
		redo |= on_keys(loop);
	if (fds[WATCH_CLOCK].revents)
		redo |= on_clock(loop);
	if (fds[WATCH_PEER].revents) {
		refresh(loop);
		redo |= REDO_DRAW;
	}
	return redo;
}

static void run(struct loop *loop)
{
	enum redo redo = REDO_PAINT;

	refresh(loop);
	arm_clock(loop);
	while (!(redo & REDO_QUIT)) {
		if (redo & REDO_SUSPEND) {
			terminal_suspend();
			redo |= REDO_PAINT;
		}
		if (redo != REDO_NOTHING)
			show(loop, redo & REDO_PAINT);
		redo = wait_next(loop);
	}
}

static void catch_signals(struct loop *loop)
{
	static const int numbers[] = {SIGWINCH, SIGTERM, SIGINT, SIGHUP,
				      SIGQUIT,	SIGTSTP, SIGCONT};

	sigemptyset(&loop->caught);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&loop->caught, numbers[i]);
	sigprocmask(SIG_BLOCK, &loop->caught, &loop->former_mask);
	/* the supervisor may go away while we write to it */
	signal(SIGPIPE, SIG_IGN);
}

int loop_run(const struct loop_options *options, struct error *error)
{
	struct loop loop = {.options = options};
	int opened;

	if (source_open(&loop.source, options->live_path, error) < 0)
		return -1;
	catch_signals(&loop);
	loop.signals = signalfd(-1, &loop.caught, SFD_CLOEXEC);
	loop.clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	assert(loop.signals >= 0 && loop.clock >= 0);
	opened = terminal_open(error);
	if (opened == 0) {
		dashboard_init(&loop.dashboard, options->post,
			       options->post_context);
		run(&loop);
		terminal_close();
		dashboard_release(&loop.dashboard);
	}
	close(loop.signals);
	close(loop.clock);
	source_close(&loop.source);
	if (loop.ended_by) /* curses has put a handler of its own there */
		signal(loop.ended_by, SIG_DFL);
	sigprocmask(SIG_SETMASK, &loop.former_mask, NULL);
	if (loop.ended_by)
		raise(loop.ended_by);
	return opened;
}
