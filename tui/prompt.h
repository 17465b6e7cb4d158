#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include "tui/canvas.h"
#include "tui/entry.h"
#include "tui/keys.h"
#include "tui/model.h"

#include <stdbool.h>

/*
 * The question in the place of the key bar: what to do with the selected or
 * tagged workers, what to find, what to show. Nothing is done by one key alone:
 * `x` opens the menu, a letter chooses, and what concerns more than one worker
 * asks for a word.
 *
 * X(act, letter, path of the control socket, verb, targets that have it,
 * targets for which it asks for a word, word of the menu, words of the help)
 */
#define ACTS(X)                                                               \
	X(ACT_RESTART, 'r', "restart", "restart", TARGET_ANY, TARGET_MANY,    \
	  "restart", "restart")                                               \
	X(ACT_ROLL, 'o', "restart?rolling=1", "rolling restart", TARGET_POOL, \
	  TARGET_MANY, "roll", "restart one by one")                          \
	X(ACT_STOP, 's', "stop", "stop", TARGET_ANY, TARGET_MANY, "stop",     \
	  "stop")                                                             \
	X(ACT_START, 'u', "start", "start", TARGET_ANY, 0, "start", "start")  \
	X(ACT_SIGNAL, 'k', "signal?signal=", "signal", TARGET_ANY,            \
	  TARGET_MANY, "signal", "send a signal")                             \
	X(ACT_SCALE, 'w', "scale?workers=", "scale", TARGET_POOL, 0, "scale", \
	  "how many workers")                                                 \
	X(ACT_RELOAD, 'l', "reload?dry_run=1&wait=1", "reload",               \
	  TARGET_ANY | TARGET_NONE, 0, "reload", "reload, plan first")

enum act {
#define X(act, letter, path, verb, targets, asks, word, words) act,
	ACTS(X)
#undef X
		ACT_COUNT
};

/* What an act is done to; flags. */
enum target_kind {
	TARGET_NONE = 1 << 0, /* nothing is selected */
	TARGET_WORKER = 1 << 1,
	TARGET_POOL = 1 << 2,
	TARGET_TAGS = 1 << 3, /* several workers */
	TARGET_MANY = TARGET_POOL | TARGET_TAGS,
	TARGET_ANY = TARGET_WORKER | TARGET_MANY,
};

/* Fixed when the prompt opens. */
struct target {
	enum target_kind kind;
	char name[WORKER_NAME_SIZE]; /* "web" or "web/0"; of the first tag */
	unsigned workers; /* of a pool, or tagged */
	unsigned wanted; /* of a pool */
	int64_t pid; /* of a worker; 0: none */
	uint64_t run; /* of a worker; 0: none */
	char (*names)[WORKER_NAME_SIZE]; /* of those tagged; else NULL */
};

enum prompt_stage {
	PROMPT_CLOSED,
	PROMPT_MENU, /* waits for the letter */
	PROMPT_ARGUMENT, /* waits for a signal, or for a number of workers */
	PROMPT_WORD, /* waits for the word that confirms */
	PROMPT_TEXT, /* waits for what to find or to show */
};

enum { PROMPT_ANSWER_SIZE = 64 };

struct prompt {
	enum prompt_stage stage;
	struct target target; /* its names are owned */
	enum act act; /* chosen, after PROMPT_MENU */
	struct entry entry;
	char argument[32]; /* of ACT_SIGNAL and ACT_SCALE */
	char word[WORKER_NAME_SIZE]; /* that is to be typed */
	bool twice; /* SIGKILL: Enter was pressed once */
	enum action action; /* of PROMPT_TEXT: ACTION_FIND … */
	char answer[PROMPT_ANSWER_SIZE]; /* stands behind the text */
};

/* What a key did. */
enum prompt_result {
	PROMPT_WAITS,
	PROMPT_TYPED, /* the text has changed, and it waits on */
	PROMPT_CANCELLED,
	PROMPT_KEPT, /* the text stays as it is */
	PROMPT_CHOSEN, /* do `act` to `target` */
};

/* Opens the menu of acts. Takes over what `target` owns. */
void prompt_open(struct prompt *prompt, const struct target *target);

/* Opens the question for a text, which begins as `text`. */
void prompt_open_text(struct prompt *prompt, enum action action,
		      const char *text);

/* Asks for `word` before `act`, whose sentence is "Type WORD to VERB". */
void prompt_confirm(struct prompt *prompt, enum act act, const char *word);

/* Takes one key, as curses gives it. Closes the prompt unless it waits. */
enum prompt_result prompt_key(struct prompt *prompt, int key);

/* Frees what a closed prompt still has. */
void prompt_release(struct prompt *prompt);

/* How many rows the open prompt takes in so many columns. */
int prompt_rows(const struct prompt *prompt, int columns);

/* Draws the open prompt; `row` is the last one that it takes. */
void prompt_draw(const struct prompt *prompt, struct canvas *canvas, int row);

/* The path below /v1/pools/NAME/ or /v1/workers/NAME/. */
const char *act_path(enum act act);
const char *act_verb(enum act act);
char act_letter(enum act act);
const char *act_word(enum act act);
const char *act_words(enum act act);

/* Whether the act is offered for that target. */
bool act_is_offered(enum act act, enum target_kind kind);

#endif
