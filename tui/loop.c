#include "config.h"

#include "tui/loop.h"

#include <assert.h>
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	WATCH_REQUEST,
	WATCH_OUTPUT,
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
	enum redo waits; /* to be shown when the terminal has read */
	size_t rung; /* unseen crashes that the bell has told of */
};

/* Wakes up shortly after the next full second, or the next full interval, so
 * that the clock on the screen is right. */
static void arm_clock(const struct loop *loop)
{
	enum { US_PER_S = 1000000, NS_PER_US = 1000, US_PER_MS = 1000 };
	int64_t step_us = loop->dashboard.interval_ms * US_PER_MS;
	int64_t rest_us = step_us - clock_real_us() % step_us;
	struct itimerspec next = {
		.it_value.tv_sec = rest_us / US_PER_S,
		.it_value.tv_nsec = rest_us % US_PER_S * NS_PER_US,
	};

	timerfd_settime(loop->clock, 0, &next, NULL);
}

/* Looks at everything anew. When the supervisor is gone the last model stays.
 */
static void look_again(struct loop *loop)
{
	struct dashboard *dashboard = &loop->dashboard;
	bool was_alive = dashboard->alive;

	source_check(&loop->source);
	dashboard->alive = loop->source.alive;
	dashboard_look(dashboard,
		       was_alive || dashboard->alive || !dashboard->model.table
			       ? loop->source.table
			       : NULL);
	dashboard_go_on(dashboard);
}

/* The name of the window and the bell tell who looks elsewhere. */
static void call_user(struct loop *loop)
{
	struct dashboard *dashboard = &loop->dashboard;
	const char *bell = settings_get(&dashboard->settings, "bell");
	size_t unseen = dashboard->unseen.count;
	char name[64];
	char count[32] = "";

	if (unseen > 0)
		snprintf(count, sizeof(count), "[!%zu] ", unseen);
	snprintf(name, sizeof(name), "%sreeve %.40s", count,
		 dashboard->model.snapshot.instance.name);
	terminal_name(name);
	if (unseen > loop->rung && bell && strcmp(bell, "crash") == 0)
		terminal_bell();
	loop->rung = unseen;
	if (dashboard->copied)
		terminal_clipboard(dashboard->copied);
	free(dashboard->copied);
	dashboard->copied = NULL;
}

/* Shows a frame; where the terminal has not read the last one, when it has. */
static void show(struct loop *loop, enum redo redo)
{
	struct canvas canvas;
	int rows;
	int columns;

	loop->waits |= redo;
	if (terminal_pending() >= 0)
		return;
	terminal_size(&rows, &columns);
	canvas_init(&canvas, rows, columns, glyphs_choose());
	dashboard_draw(&loop->dashboard, &canvas);
	terminal_show(&canvas, loop->waits & REDO_PAINT);
	canvas_release(&canvas);
	loop->waits = REDO_NOTHING;
	call_user(loop);
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
	look_again(loop);
	arm_clock(loop);
	return REDO_DRAW;
}

static enum redo on_mouse(struct dashboard *dashboard)
{
	enum { WHEEL_ROWS = 3 };
	struct mouse mouse = terminal_mouse();

	if (mouse.wheel)
		return dashboard_wheel(dashboard, mouse.wheel * WHEEL_ROWS);
	return mouse.row >= 0 ? dashboard_click(dashboard, mouse.row)
			      : REDO_NOTHING;
}

static enum redo on_keys(struct loop *loop)
{
	enum redo redo = REDO_NOTHING;
	int key;

	while ((key = terminal_key()) >= 0)
		redo |= key == KEY_MOUSE ? on_mouse(&loop->dashboard)
					 : dashboard_key(&loop->dashboard, key);
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
		[WATCH_REQUEST] = {.fd = requests_fd(&loop->dashboard.requests),
				   .events = POLLIN},
		[WATCH_OUTPUT] = {.fd = terminal_pending(), .events = POLLOUT},
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
		look_again(loop);
		redo |= REDO_DRAW;
	}
	if (fds[WATCH_REQUEST].revents)
		redo |= dashboard_go_on(&loop->dashboard);
	if (fds[WATCH_OUTPUT].revents) {
		terminal_send();
		redo |= loop->waits;
	}
	return redo;
}

static void run(struct loop *loop)
{
	enum redo redo = REDO_PAINT;

	look_again(loop);
	arm_clock(loop);
	while (!(redo & REDO_QUIT)) {
		if (redo & REDO_REFRESH) {
			look_again(loop);
			arm_clock(loop);
		}
		if (redo & REDO_SUSPEND) {
			terminal_suspend();
			redo |= REDO_PAINT;
		}
		if (redo != REDO_NOTHING)
			show(loop, redo);
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

/* Colours as the options say, else the environment and the settings. */
static enum theme choose_theme(const struct loop *loop)
{
	const char *none = getenv("NO_COLOR");
	const char *name = loop->options->theme;
	enum theme theme;

	if (!name)
		name = settings_get(&loop->dashboard.settings, "theme");
	theme = theme_parse(name ? name : "");
	if (theme == THEME_COUNT)
		theme = THEME_DARK;
	if (loop->options->color == COLOR_NEVER ||
	    (loop->options->color == COLOR_AUTO && none && *none))
		theme = THEME_MONO;
	return theme;
}

static bool choose_mouse(const struct loop *loop)
{
	const char *kept = settings_get(&loop->dashboard.settings, "mouse");

	return loop->options->mouse && (!kept || strcmp(kept, "off") != 0);
}

static void end_by_signal(const struct loop *loop)
{
	if (loop->ended_by) /* curses has put a handler of its own there */
		signal(loop->ended_by, SIG_DFL);
	sigprocmask(SIG_SETMASK, &loop->former_mask, NULL);
	if (loop->ended_by)
		raise(loop->ended_by);
}

int loop_run(const struct loop_options *options, struct error *error)
{
	struct loop loop = {.options = options};
	struct dashboard_options own = options->dashboard;
	int opened;

	if (source_open(&loop.source, options->dashboard.live_path, error) < 0)
		return -1;
	catch_signals(&loop);
	loop.signals = signalfd(-1, &loop.caught, SFD_CLOEXEC);
	loop.clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	assert(loop.signals >= 0 && loop.clock >= 0);
	own.key_waits = terminal_has_key;
	dashboard_init(&loop.dashboard, &own);
	opened = terminal_open(choose_theme(&loop), choose_mouse(&loop), error);
	if (opened == 0) {
		run(&loop);
		terminal_close();
		error->text[0] = '\0';
		dashboard_keep(&loop.dashboard, error);
	}
	dashboard_release(&loop.dashboard);
	close(loop.signals);
	close(loop.clock);
	source_close(&loop.source);
	end_by_signal(&loop);
	return opened;
}

int loop_once(const struct loop_options *options, int columns, int rows,
	      struct error *error)
{
	enum { BYTES_A_CELL = 8 };
	struct loop loop = {.options = options};
	size_t size = (size_t)columns * BYTES_A_CELL + 1;
	char *text = malloc(size);
	struct canvas canvas;

	assert(text);
	if (source_open(&loop.source, options->dashboard.live_path, error) <
	    0) {
		free(text);
		return -1;
	}
	setlocale(LC_ALL, "");
	dashboard_init(&loop.dashboard, &options->dashboard);
	look_again(&loop);
	canvas_init(&canvas, rows, columns, glyphs_choose());
	dashboard_draw(&loop.dashboard, &canvas);
	for (int row = 0; row < rows; row++) {
		canvas_text(&canvas, row, text, size);
		puts(text);
	}
	canvas_release(&canvas);
	free(text);
	dashboard_release(&loop.dashboard);
	source_close(&loop.source);
	return 0;
}
