#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stddef.h>

/*
 * Every key of the dashboard: input, key bar and help are made of this table.
 * Two laws: letters only look, `x` alone acts; `q` leaves the screen and
 * nothing else.
 *
 * X(action, group, word for the key bar, help, keys with the names of curses).
 * The first key is the one that the key bar shows.
 */
#define KEYS(X)                                                               \
	X(ACTION_UP, GROUP_MOVE, "Up", "one row up", KEY_UP, 'k')             \
	X(ACTION_DOWN, GROUP_MOVE, "Down", "one row down", KEY_DOWN, 'j')     \
	X(ACTION_PAGE_UP, GROUP_MOVE, "Page up", "one page up", KEY_PPAGE,    \
	  CONTROL('B'))                                                       \
	X(ACTION_PAGE_DOWN, GROUP_MOVE, "Page down", "one page down",         \
	  KEY_NPAGE, CONTROL('F'))                                            \
	X(ACTION_HALF_UP, GROUP_MOVE, "Half up", "half a page up",            \
	  CONTROL('U'))                                                       \
	X(ACTION_HALF_DOWN, GROUP_MOVE, "Half down", "half a page down",      \
	  CONTROL('D'))                                                       \
	X(ACTION_FIRST, GROUP_MOVE, "First", "first row", KEY_HOME, 'g')      \
	X(ACTION_LAST, GROUP_MOVE, "Last", "last row", KEY_END, 'G')          \
	X(ACTION_OPEN, GROUP_MOVE, "Open", "open what is selected", '\r',     \
	  KEY_RIGHT, KEY_ENTER, '\n')                                         \
	X(ACTION_BACK, GROUP_MOVE, "Back", "back, one level", ESCAPE,         \
	  KEY_LEFT, KEY_BACKSPACE, DELETE, CONTROL('H'))                      \
	X(ACTION_POOLS, GROUP_LOOK, "Pools", "all pools", '1')                \
	X(ACTION_WORKERS, GROUP_LOOK, "Workers", "workers of all pools", '2') \
	X(ACTION_PREVIOUS, GROUP_LOOK, "Previous", "the worker before", '[')  \
	X(ACTION_NEXT, GROUP_LOOK, "Next", "the next worker", ']')            \
	X(ACTION_SORT_LEFT, GROUP_SORT, "Sort", "by the column before", '<')  \
	X(ACTION_SORT_RIGHT, GROUP_SORT, "Sort", "by the next column", '>',   \
	  KEY_F(6))                                                           \
	X(ACTION_REVERSE, GROUP_SORT, "Reverse", "the other way round", 'I')  \
	X(ACTION_SORT_CPU, GROUP_SORT, "CPU", "by CPU", 'P')                  \
	X(ACTION_SORT_MEMORY, GROUP_SORT, "Memory", "by memory", 'M')         \
	X(ACTION_SORT_AGE, GROUP_SORT, "Age", "by age", 'T')                  \
	X(ACTION_SORT_NAME, GROUP_SORT, "Name", "by name", 'N')               \
	X(ACTION_ACT, GROUP_ACT, "Act", "choose what to do", 'x', KEY_F(9))   \
	X(ACTION_HELP, GROUP_OTHER, "Help", "this help", '?', KEY_F(1), 'h')  \
	X(ACTION_REDRAW, GROUP_OTHER, "Redraw", "paint the screen anew",      \
	  CONTROL('L'))                                                       \
	X(ACTION_SUSPEND, GROUP_OTHER, "Suspend", "to the shell, fg returns", \
	  CONTROL('Z'))                                                       \
	X(ACTION_QUIT, GROUP_OTHER, "Quit", "leave; workers run on", 'q',     \
	  KEY_F(10))

enum action {
	ACTION_NONE,
#define X(action, group, hint, help, ...) action,
	KEYS(X)
#undef X
		ACTION_COUNT
};

/* X(group, its heading in the help) */
#define KEY_GROUPS(X)         \
	X(GROUP_MOVE, "MOVE") \
	X(GROUP_LOOK, "LOOK") \
	X(GROUP_ACT, "ACT")   \
	X(GROUP_SORT, "SORT") \
	X(GROUP_OTHER, "OTHER")

enum key_group {
#define X(group, heading) group,
	KEY_GROUPS(X)
#undef X
		KEY_GROUP_COUNT
};

/* The keys that mean one action. */
struct binding {
	enum key_group group;
	const char *hint; /* one word for the key bar */
	const char *help;
	int keys[5]; /* as curses gives them; 0 ends a shorter list */
};

enum { KEY_NAME_SIZE = 16 };

/* What `key` asks for; ACTION_NONE where it means nothing. */
enum action keys_action(int key);

/* The binding of `action`, which is not ACTION_NONE. */
const struct binding *keys_binding(enum action action);

const char *keys_group_heading(enum key_group group);

/* Writes the name of `key` as people know it: "Up", "^F", "F10"; "" for one
 * that only repeats another under a second code. */
void keys_name(int key, char text[KEY_NAME_SIZE]);

/* Writes the names of all keys of `action`: "PgDn ^F". */
void keys_label(enum action action, char *text, size_t size);

#endif
