#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stddef.h>

/*
 * Every key of the dashboard: input, key bar and help are made of this table.
 * Two laws: letters only look, `x` alone acts; `q` leaves the screen and
 * nothing else.
 *
 * X(action, group, word for the key bar, help, keys with the names of curses).
 * The first key is the one that the key bar shows. A key may stand in a second
 * group that only some screens use (struct screen: keys), where it then means
 * what that group says.
 */
#define KEYS(X)                                                                \
	X(ACTION_UP, GROUP_MOVE, "Up", "one row up", KEY_UP, 'k')              \
	X(ACTION_DOWN, GROUP_MOVE, "Down", "one row down", KEY_DOWN, 'j')      \
	X(ACTION_PAGE_UP, GROUP_MOVE, "Page up", "one page up", KEY_PPAGE,     \
	  CONTROL('B'))                                                        \
	X(ACTION_PAGE_DOWN, GROUP_MOVE, "Page down", "one page down",          \
	  KEY_NPAGE, CONTROL('F'))                                             \
	X(ACTION_HALF_UP, GROUP_MOVE, "Half up", "half a page up",             \
	  CONTROL('U'))                                                        \
	X(ACTION_HALF_DOWN, GROUP_MOVE, "Half down", "half a page down",       \
	  CONTROL('D'))                                                        \
	X(ACTION_FIRST, GROUP_MOVE, "First", "first row", KEY_HOME, 'g')       \
	X(ACTION_LAST, GROUP_MOVE, "Last", "last row", KEY_END, 'G')           \
	X(ACTION_OPEN, GROUP_MOVE, "Open", "open what is selected", '\r',      \
	  KEY_RIGHT, KEY_ENTER, '\n')                                          \
	X(ACTION_BACK, GROUP_MOVE, "Back", "back, one level", ESCAPE,          \
	  KEY_LEFT, KEY_BACKSPACE, DELETE, CONTROL('H'))                       \
	X(ACTION_PANE, GROUP_MOVE, "Pane", "next pane of a worker", '\t')      \
	X(ACTION_POOLS, GROUP_SCREENS, "Pools", "all pools", '1')              \
	X(ACTION_WORKERS, GROUP_SCREENS, "Workers", "workers of all pools",    \
	  '2')                                                                 \
	X(ACTION_ALL_LOGS, GROUP_SCREENS, "Logs", "what all workers print",    \
	  '3')                                                                 \
	X(ACTION_ALL_HISTORY, GROUP_SCREENS, "History",                        \
	  "runs, past and present", '4')                                       \
	X(ACTION_ALL_EVENTS, GROUP_SCREENS, "Events", "what happened", '5')    \
	X(ACTION_ALL_CRASHES, GROUP_SCREENS, "Crashes", "crashes by kind",     \
	  '6')                                                                 \
	X(ACTION_ALL_JOBS, GROUP_SCREENS, "Jobs", "jobs and queues", '7')      \
	X(ACTION_LOGS, GROUP_LOOK, "Logs", "log of the selection", 'l')        \
	X(ACTION_POST_MORTEM, GROUP_LOOK, "Post-mortem", "why it crashed",     \
	  'p')                                                                 \
	X(ACTION_EVENTS, GROUP_LOOK, "Events", "events of the selection", 'e') \
	X(ACTION_HISTORY, GROUP_LOOK, "History", "its runs", 'H')              \
	X(ACTION_TREE, GROUP_LOOK, "Tree", "its processes", 't', KEY_F(5))     \
	X(ACTION_UNSEEN, GROUP_LOOK, "Crash", "newest unseen crash", '!')      \
	X(ACTION_SEEN, GROUP_LOOK, "Seen", "all crashes are seen", 'a')        \
	X(ACTION_PREVIOUS, GROUP_LOOK, "Previous", "the one before", '[')      \
	X(ACTION_NEXT, GROUP_LOOK, "Next", "the next one", ']')                \
	X(ACTION_FIND, GROUP_LIST, "Find", "find", '/')                        \
	X(ACTION_FIND_NEXT, GROUP_LIST, "Next", "find the next", 'n')          \
	X(ACTION_FILTER, GROUP_LIST, "Filter", "show some rows only", 'f',     \
	  '\\', KEY_F(4))                                                      \
	X(ACTION_PROBLEMS, GROUP_LIST, "Problems", "problems only", 'o')       \
	X(ACTION_TAG, GROUP_LIST, "Tag", "tag the row", ' ')                   \
	X(ACTION_UNTAG, GROUP_LIST, "Untag", "untag all", 'U')                 \
	X(ACTION_COLUMNS, GROUP_LIST, "Columns", "choose columns", 'C')        \
	X(ACTION_SORT_LEFT, GROUP_SORT, "Sort", "by the column before", '<')   \
	X(ACTION_SORT_RIGHT, GROUP_SORT, "Sort", "by the next column", '>',    \
	  KEY_F(6))                                                            \
	X(ACTION_REVERSE, GROUP_SORT, "Reverse", "the other way round", 'I')   \
	X(ACTION_SORT_CPU, GROUP_SORT, "CPU", "by CPU", 'P')                   \
	X(ACTION_SORT_MEMORY, GROUP_SORT, "Memory", "by memory", 'M')          \
	X(ACTION_SORT_AGE, GROUP_SORT, "Age", "by age", 'T')                   \
	X(ACTION_SORT_NAME, GROUP_SORT, "Name", "by name", 'N')                \
	X(ACTION_FOLLOW, GROUP_LOG, "Follow", "follow the end", 'F')           \
	X(ACTION_FIND_BACK, GROUP_LOG, "Before", "find the one before", 'N')   \
	X(ACTION_LINES, GROUP_LOG, "Filter", "matching lines only", '&')       \
	X(ACTION_WRAP, GROUP_LOG, "Wrap", "wrap long lines", 'w')              \
	X(ACTION_TIME, GROUP_LOG, "Time", "times of the lines", 't')           \
	X(ACTION_STREAM, GROUP_LOG, "Stream", "stdout, stderr, both", 'o')     \
	X(ACTION_MARK, GROUP_LOG, "Mark", "put a line as a mark", 'm')         \
	X(ACTION_SIDE_RIGHT, GROUP_LOG, "Right", "to the right", KEY_RIGHT)    \
	X(ACTION_SIDE_LEFT, GROUP_LOG, "Left", "to the left", KEY_LEFT)        \
	X(ACTION_SAVE, GROUP_LOG, "Save", "save to a file", 's')               \
	X(ACTION_ACT, GROUP_ACT, "Act", "choose what to do", 'x', KEY_F(9))    \
	X(ACTION_PAUSE, GROUP_OTHER, "Pause", "pause the screen", 'z', 'Z')    \
	X(ACTION_SLOWER, GROUP_OTHER, "Slower", "refresh less often", '-')     \
	X(ACTION_FASTER, GROUP_OTHER, "Faster", "refresh more often", '+',     \
	  '=')                                                                 \
	X(ACTION_COPY, GROUP_OTHER, "Copy", "copy row or screen", 'y')         \
	X(ACTION_HELP, GROUP_OTHER, "Help", "this help", '?', KEY_F(1), 'h')   \
	X(ACTION_REDRAW, GROUP_OTHER, "Redraw", "paint the screen anew",       \
	  CONTROL('L'))                                                        \
	X(ACTION_SUSPEND, GROUP_OTHER, "Suspend", "to the shell, fg returns",  \
	  CONTROL('Z'))                                                        \
	X(ACTION_QUIT, GROUP_OTHER, "Quit", "leave; workers run on", 'q',      \
	  KEY_F(10))

enum action {
	ACTION_NONE,
#define X(action, group, hint, help, ...) action,
	KEYS(X)
#undef X
		ACTION_COUNT
};

/* X(group, its heading in the help, whether only some screens use it) */
#define KEY_GROUPS(X)                      \
	X(GROUP_MOVE, "MOVE", false)       \
	X(GROUP_SCREENS, "SCREENS", false) \
	X(GROUP_LOOK, "LOOK", false)       \
	X(GROUP_ACT, "ACT", false)         \
	X(GROUP_LIST, "ROWS", false)       \
	X(GROUP_SORT, "SORT", false)       \
	X(GROUP_LOG, "LOGS", true)         \
	X(GROUP_OTHER, "OTHER", false)

enum key_group {
#define X(group, heading, apart) group,
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

/* What `key` asks for on a screen that uses the keys of `own`, one of the
 * groups that only some do, or KEY_GROUP_COUNT; ACTION_NONE where it means
 * nothing. */
enum action keys_action(int key, enum key_group own);

/* The binding of `action`, which is not ACTION_NONE. */
const struct binding *keys_binding(enum action action);

const char *keys_group_heading(enum key_group group);

/* Writes the name of `key` as people know it: "Up", "^F", "F10"; "" for one
 * that only repeats another under a second code. */
void keys_name(int key, char text[KEY_NAME_SIZE]);

/* Writes the names of all keys of `action`: "PgDn ^F". */
void keys_label(enum action action, char *text, size_t size);

#endif
