#include "config.h"

#include "tui/terminal.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "tui/terminfo.h"

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
		if (write(STDOUT_FILENO, terminal.reset, terminal.reset_size) <
		    0)
			_exit(128 + number);
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

static int open_screen(struct error *error)
{
	const char *name = getenv("TERM");

	/* curses would believe them, though the window is another size */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen)
		return error_set(error,
				 "cannot show the dashboard: the terminal "
				 "\"%s\" is not known here",
				 name ? name : "");
	if (!terminfo_can_draw()) {
		endwin();
		delscreen(terminal.screen);
		return error_set(error,
				 "cannot show the dashboard: the terminal "
				 "\"%s\" cannot move its cursor",
				 name ? name : "");
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

static void set_up(void)
{
	const char *no_color = getenv("NO_COLOR");

	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	set_escdelay(25);
	curs_set(0);
	leaveok(stdscr, FALSE);
	terminal.keys = newwin(1, 1, 0, 0);
	keypad(terminal.keys, TRUE);
	nodelay(terminal.keys, TRUE);
	define_keys();
	palette_init(!no_color || !*no_color);
}

int terminal_open(struct error *error)
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
	hold_errors();
	terminal.open = 1;
	catch_fatal();
	set_up();
	return 0;
}

void terminal_close(void)
{
	if (!terminal.open)
		return;
	terminal.open = 0;
	endwin();
	tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.modes);
	release_errors();
	close(terminal.errors);
	close(terminal.standard_error);
	delwin(terminal.keys);
	delscreen(terminal.screen);
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

void terminal_show(const struct canvas *canvas, bool paint)
{
	for (int row = 0; row < canvas->rows; row++) {
		for (int column = 0; column < canvas->columns; column++) {
			const struct cell *cell =
				canvas_cell(canvas, row, column);

			if (cell->character)
				show_cell(cell, row, column);
		}
	}
	if (paint)
		clearok(curscr, TRUE);
	move(canvas->cursor_row, 0);
	refresh();
}

void terminal_suspend(void)
{
	def_prog_mode();
	endwin();
	raise(SIGSTOP);
	terminal_resume();
}

void terminal_resume(void)
{
	reset_prog_mode();
}
