#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include "tui/canvas.h"
#include "tui/model.h"

#include <stdbool.h>

/*
 * The question in the place of the key bar: what to do with the selected
 * worker or pool. Nothing is done by one key alone: `x` opens the menu, a
 * letter chooses, and what ends the runs of a whole pool asks for its name.
 *
 * X(act, letter, verb of the control socket, asks for the name of a pool, help)
 */
#define ACTS(X)                                         \
	X(ACT_RESTART, 'r', "restart", true, "restart") \
	X(ACT_STOP, 's', "stop", true, "stop")          \
	X(ACT_START, 'u', "start", false, "start")

enum act {
#define X(act, letter, verb, ask, help) act,
	ACTS(X)
#undef X
		ACT_COUNT
};

/* What an act is done to; fixed when the prompt opens. */
struct target {
	bool is_pool;
	char name[WORKER_NAME_SIZE]; /* "web" or "web/0" */
	unsigned workers; /* of a pool */
	int64_t pid; /* of a worker; 0: none */
};

enum prompt_stage {
	PROMPT_CLOSED,
	PROMPT_MENU, /* waits for the letter */
	PROMPT_NAME, /* waits for the name of the pool */
};

struct prompt {
	enum prompt_stage stage;
	struct target target;
	enum act act; /* chosen; in stage PROMPT_NAME */
	char typed[NAME_SIZE];
};

/* What a key did. */
enum prompt_result {
	PROMPT_WAITS,
	PROMPT_CANCELLED,
	PROMPT_CHOSEN, /* do `act` to `target` */
};

void prompt_open(struct prompt *prompt, const struct target *target);

/* Takes one key, as curses gives it. Closes the prompt unless it waits. */
enum prompt_result prompt_key(struct prompt *prompt, int key);

/* Draws the open prompt in `row`. */
void prompt_draw(const struct prompt *prompt, struct canvas *canvas, int row);

const char *act_verb(enum act act);
char act_letter(enum act act);
const char *act_help(enum act act);

#endif
