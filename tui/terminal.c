#include "config.h"

#include "tui/terminal.h"

#include <assert.h>
#include <curses.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "tui/base64.h"
#include "tui/output.h"
#include "tui/terminfo.h"

/* How long a terminal that does not read is waited for at the end. */
enum { LEAVE_MS = 2000 };

/* All that the handler of fatal signals needs, prepared beforehand. */
static struct {
	volatile sig_atomic_t open;
	struct termios modes; /* as we found them */
	char reset[256]; /* bytes that give the screen back */
	size_t reset_size;
	int errors; /* what was written to stderr meanwhile */
	int standard_error; /* stderr as it was */
	SCREEN *screen;
	WINDOW *keys; /* never drawn: reading from it paints nothing */
	struct output output;
	FILE *file; /* that curses writes to: not the terminal, a memfd */
	struct canvas shown; /* the last frame; without cells: none */
	char name[64]; /* of the window, as it was set */
	bool mouse;
} terminal = {.errors = -1, .standard_error = -1};

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				    SIGABRT, SIGSYS, SIGTRAP};
enum { FATAL_COUNT = sizeof(fatal_signals) / sizeof(fatal_signals[0]) };

/* Copies what came on stderr to where it belongs. Async-signal-safe. */
static void release_errors(void)
{
	char bytes[1024];
	ssize_t size;

	if (terminal.errors < 0 ||
	    dup2(terminal.standard_error, STDERR_FILENO) < 0)
		return;
	lseek(terminal.errors, 0, SEEK_SET);
	while ((size = read(terminal.errors, bytes, sizeof(bytes))) > 0)
		if (write(STDERR_FILENO, bytes, (size_t)size) != size)
			break;
}

/* Keeps stderr back: one line of a library would tear the screen. */
static void hold_errors(void)
{
	terminal.errors = memfd_create("stderr", MFD_CLOEXEC);
	terminal.standard_error = dup(STDERR_FILENO);
	if (terminal.errors >= 0)
		dup2(terminal.errors, STDERR_FILENO);
}

/* Gives the terminal back by plain system calls and dies of the signal. */
static void handle_fatal(int number)
{
	if (terminal.open) {
		terminal.open = 0;
		/* without blocking, whatever the terminal does */
		if (write(terminal.output.fd, terminal.reset,
			  terminal.reset_size) < 0)
			terminal.reset_size = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes);
		release_errors();
	}
	/* the disposition is the default again: SA_RESETHAND */
	raise(number);
}

static void catch_fatal(void)
{
	static char stack[64 * 1024]; /* the usual one may be what is broken */
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {
		.sa_handler = handle_fatal,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK),
	};

	sigaltstack(&other, NULL);
	for (int i = 0; i < FATAL_COUNT; i++)
		sigaction(fatal_signals[i], &action, NULL);
}

/* The locale of the environment; where the system lacks it but it is one of
 * UTF-8, that of C with UTF-8. */
static void set_locale(void)
{
	const char *name = getenv("LC_ALL");

	if (!name || !*name)
		name = getenv("LC_CTYPE");
	if (!name || !*name)
		name = getenv("LANG");
	if (!setlocale(LC_ALL, "") && name &&
	    (strstr(name, "UTF-8") || strstr(name, "utf8")))
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Whether the name of the terminal begins with that of one that speaks as xterm
 * does, although terminfo may not know it yet. */
static bool is_like_xterm(const char *name)
{
	static const char *const names[] = {"xterm",	 "foot", "wezterm",
					    "alacritty", "rio",	 "contour",
					    "ghostty",	 "kitty"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static int open_screen(struct error *error)
{
	const char *name = getenv("TERM");
	int memory = memfd_create("screen", MFD_CLOEXEC);

	name = name ? name : "";
	terminal.file = memory >= 0 ? fdopen(memory, "w") : NULL;
	if (!terminal.file)
		return error_set_errno(error, "cannot show the dashboard");
	/* curses would believe them, though the window is another size */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	terminal.screen = newterm(NULL, terminal.file, stdin);
	if (!terminal.screen && is_like_xterm(name))
		terminal.screen =
			newterm("xterm-256color", terminal.file, stdin);
	if (!terminal.screen) {
		fclose(terminal.file);
		return error_set(error,
				 "cannot show the dashboard: the terminal "
				 "\"%s\" is not known here",
				 name);
	}
	if (!terminfo_can_draw()) {
		endwin();
		delscreen(terminal.screen);
		fclose(terminal.file);
		return error_set(error,
				 "cannot show the dashboard: the terminal "
				 "\"%s\" cannot move its cursor",
				 name);
	}
	return 0;
}

/* Keys in their other form, which some terminals send: terminfo knows one. */
static void define_keys(void)
{
	static const struct {
		const char *text;
		int key;
	} forms[] = {
		{"\033[A", KEY_UP},    {"\033[B", KEY_DOWN},
		{"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
		{"\033[H", KEY_HOME},  {"\033[F", KEY_END},
		{"\033[1~", KEY_HOME}, {"\033[4~", KEY_END},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		define_key(forms[i].text, forms[i].key);
}

/* Keys one by one, not shown, Enter apart from ^J, ^C and ^Z still signals;
 * lines begin where the cursor is. Curses cannot do it: it has no terminal. */
static void set_modes(void)
{
	struct termios modes = terminal.modes;

	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	modes.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR);
	modes.c_oflag &= ~(tcflag_t)ONLCR;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* Queues what curses has written. */
static void collect(const char *before, const char *after)
{
	int fd = fileno(terminal.file);
	off_t size = lseek(fd, 0, SEEK_END);
	char *bytes = size > 0 ? malloc((size_t)size) : NULL;

	if (!bytes || pread(fd, bytes, (size_t)size, 0) != size) {
		free(bytes);
		return;
	}
	if (ftruncate(fd, 0) == 0)
		lseek(fd, 0, SEEK_SET);
	output_add(&terminal.output, before, strlen(before));
	output_add(&terminal.output, bytes, (size_t)size);
	output_add(&terminal.output, after, strlen(after));
	free(bytes);
}

static void set_up(enum theme theme, bool mouse)
{
	noecho(); /* else curses draws each key itself */
	nonl();
	set_escdelay(25);
	curs_set(0);
	leaveok(stdscr, FALSE);
	terminal.keys = newwin(1, 1, 0, 0);
	keypad(terminal.keys, TRUE);
	meta(terminal.keys, TRUE); /* all eight bits, for letters of UTF-8 */
	nodelay(terminal.keys, TRUE);
	define_keys();
	palette_init(theme);
	terminal.mouse = mouse;
	if (mouse) {
		mousemask(BUTTON1_RELEASED | BUTTON1_CLICKED | BUTTON4_PRESSED |
				  BUTTON5_PRESSED,
			  NULL);
		mouseinterval(0);
	}
}

int terminal_open(enum theme theme, bool mouse, struct error *error)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &terminal.modes) < 0)
		return error_set(error, "cannot show the dashboard: this is no "
					"terminal; use `reeve status`");
	set_locale();
	if (open_screen(error) < 0)
		return -1;
	terminal.reset_size =
		terminfo_reset(terminal.reset, sizeof(terminal.reset));
	output_open(&terminal.output);
	hold_errors();
	terminal.open = 1;
	catch_fatal();
	set_modes();
	set_up(theme, mouse);
	return 0;
}

static void forget_shown(void)
{
	canvas_release(&terminal.shown);
	terminal.shown = (struct canvas){0};
}

/* Leaves the screen of curses. */
static void leave(void)
{
	/* xterm(1) has kept the former name of the window */
	const char *pop = terminal.name[0] ? "\033[23;2t" : "";

	endwin();
	collect("", pop);
	output_wait(&terminal.output, LEAVE_MS);
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes);
	terminal.name[0] = '\0';
}

void terminal_close(void)
{
	if (!terminal.open)
		return;
	terminal.open = 0;
	leave();
	output_close(&terminal.output, 0);
	release_errors();
	close(terminal.errors);
	close(terminal.standard_error);
	delwin(terminal.keys);
	delscreen(terminal.screen);
	fclose(terminal.file);
	forget_shown();
}

int terminal_key(void)
{
	int key;

	/* resizeterm() leaves KEY_RESIZE behind: loop.c knows by SIGWINCH */
	do
		key = wgetch(terminal.keys);
	while (key == KEY_RESIZE);
	return key == ERR ? -1 : key;
}

bool terminal_has_key(void)
{
	struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&wait, 1, 0) > 0;
}

struct mouse terminal_mouse(void)
{
	struct mouse mouse = {.row = -1};
	MEVENT event;

	if (getmouse(&event) == ERR)
		return mouse;
	if (event.bstate & BUTTON4_PRESSED)
		mouse.wheel = -1;
	else if (event.bstate & BUTTON5_PRESSED)
		mouse.wheel = 1;
	else if (event.bstate & (BUTTON1_RELEASED | BUTTON1_CLICKED))
		mouse.row = event.y;
	return mouse;
}

void terminal_size(int *rows, int *columns)
{
	struct winsize size = {0};

	/* a serial line says 0, then curses knows from terminfo */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
	    size.ws_col > 0 && (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
	*rows = LINES;
	*columns = COLS;
}

static void show_cell(const struct cell *cell, int row, int column)
{
	wchar_t text[2] = {cell->character, L'\0'};
	attr_t attributes = cell->selected ? palette_selected(cell->role)
					   : palette_attributes(cell->role);
	cchar_t complex;

	setcchar(&complex, text, attributes & ~A_COLOR,
		 (short)PAIR_NUMBER(attributes), NULL);
	mvadd_wch(row, column, &complex);
}

static bool is_same(const struct cell *left, const struct cell *right)
{
	return left->character == right->character &&
	       left->role == right->role && left->selected == right->selected;
}

/* Whether a row is in curses as it is in `canvas`. */
static bool is_shown(const struct canvas *canvas, int row)
{
	const struct canvas *shown = &terminal.shown;

	if (!shown->cells || shown->rows != canvas->rows ||
	    shown->columns != canvas->columns)
		return false;
	for (int column = 0; column < canvas->columns; column++)
		if (!is_same(canvas_cell(canvas, row, column),
			     canvas_cell(shown, row, column)))
			return false;
	return true;
}

/* Keeps what is shown, to tell next time what has changed. */
static void keep(const struct canvas *canvas)
{
	size_t size = (size_t)canvas->rows * (size_t)canvas->columns *
		      sizeof(*canvas->cells);

	if (!terminal.shown.cells || terminal.shown.rows != canvas->rows ||
	    terminal.shown.columns != canvas->columns) {
		forget_shown();
		canvas_init(&terminal.shown, canvas->rows, canvas->columns,
			    canvas->glyphs);
	}
	memcpy(terminal.shown.cells, canvas->cells, size);
}

void terminal_show(const struct canvas *canvas, bool paint)
{
	for (int row = 0; row < canvas->rows; row++) {
		if (!paint && is_shown(canvas, row))
			continue;
		for (int column = 0; column < canvas->columns; column++) {
			const struct cell *cell =
				canvas_cell(canvas, row, column);

			if (cell->character)
				show_cell(cell, row, column);
		}
	}
	keep(canvas);
	if (paint)
		clearok(curscr, TRUE);
	move(canvas->cursor_row, 0);
	refresh();
	/* a terminal that knows it shows the frame as one; others ignore it */
	collect("\033[?2026h", "\033[?2026l");
}

int terminal_pending(void)
{
	return terminal.output.size > 0 ? terminal.output.fd : -1;
}

void terminal_send(void)
{
	output_send(&terminal.output);
}

void terminal_name(const char *name)
{
	const char *type = getenv("TERM");
	char text[sizeof(terminal.name) + 32];
	bool first = terminal.name[0] == '\0';

	if (!type || (!is_like_xterm(type) && strncmp(type, "tmux", 4) != 0 &&
		      strncmp(type, "screen", 6) != 0))
		return;
	if (strcmp(terminal.name, name) == 0)
		return;
	snprintf(terminal.name, sizeof(terminal.name), "%s", name);
	snprintf(text, sizeof(text), "%s\033]2;%s\007",
		 first ? "\033[22;2t" : "", terminal.name);
	output_add(&terminal.output, text, strlen(text));
}

void terminal_bell(void)
{
	output_add(&terminal.output, "\007", 1);
}

void terminal_clipboard(const char *text)
{
	char *encoded = base64_encode(text, strlen(text));

	output_add(&terminal.output, "\033]52;c;", 7);
	output_add(&terminal.output, encoded, strlen(encoded));
	output_add(&terminal.output, "\007", 1);
	free(encoded);
}

void terminal_suspend(void)
{
	leave();
	raise(SIGSTOP);
	terminal_resume();
}

void terminal_resume(void)
{
	/* somebody else may have been on the screen: enter it anew */
	if (!isendwin()) {
		endwin();
		collect("", "");
	}
	set_modes();
	forget_shown();
}
