#include "config.h"

#include "tui/prompt.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/signals.h"

enum { ESCAPE = 27 };

static const struct {
	char letter;
	const char *path;
	const char *verb;
	int targets;
	int asks;
	const char *help;
} acts[ACT_COUNT] = {
#define X(act, letter, path, verb, targets, asks, help) \
	[act] = {letter, path, verb, targets, asks, help},
	ACTS(X)
#undef X
};

/* What is sent by hand; Up and Down go through them. */
static const char *const signals[] = {"TERM", "HUP",  "INT",  "USR1", "USR2",
				      "QUIT", "STOP", "CONT", "KILL"};
enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

const char *act_path(enum act act)
{
	return acts[act].path;
}

const char *act_verb(enum act act)
{
	return acts[act].verb;
}

char act_letter(enum act act)
{
	return acts[act].letter;
}

const char *act_help(enum act act)
{
	return acts[act].help;
}

void prompt_release(struct prompt *prompt)
{
	free(prompt->target.names);
	prompt->target.names = NULL;
}

void prompt_open(struct prompt *prompt, const struct target *target)
{
	prompt_release(prompt);
	*prompt = (struct prompt){.stage = PROMPT_MENU, .target = *target};
}

void prompt_open_text(struct prompt *prompt, enum action action,
		      const char *text)
{
	prompt_release(prompt);
	*prompt = (struct prompt){.stage = PROMPT_TEXT, .action = action};
	snprintf(prompt->entry.text, sizeof(prompt->entry.text), "%s", text);
}

void prompt_confirm(struct prompt *prompt, enum act act, const char *word)
{
	prompt->stage = PROMPT_WORD;
	prompt->act = act;
	prompt->entry.text[0] = '\0';
	snprintf(prompt->word, sizeof(prompt->word), "%s", word);
}

static enum prompt_result close_with(struct prompt *prompt,
				     enum prompt_result result)
{
	prompt->stage = PROMPT_CLOSED;
	return result;
}

static bool is_enter(int key)
{
	return key == '\r' || key == '\n' || key == KEY_ENTER;
}

/* The act is known with all that it needs: does it, or asks for the word: the
 * name of the pool, or how many workers are tagged. */
static enum prompt_result go_on(struct prompt *prompt)
{
	const struct target *target = &prompt->target;
	char word[WORKER_NAME_SIZE];

	if (!(acts[prompt->act].asks & target->kind) &&
	    !(prompt->act == ACT_SCALE && strcmp(prompt->argument, "0") == 0))
		return close_with(prompt, PROMPT_CHOSEN);
	if (target->kind == TARGET_TAGS)
		snprintf(word, sizeof(word), "%u", target->workers);
	else
		snprintf(word, sizeof(word), "%s", target->name);
	prompt_confirm(prompt, prompt->act, word);
	return PROMPT_WAITS;
}

static bool is_offered(const struct prompt *prompt, int act)
{
	return (acts[act].targets & prompt->target.kind) != 0;
}

static enum prompt_result menu_key(struct prompt *prompt, int key)
{
	int act = 0;

	while (act < ACT_COUNT &&
	       (acts[act].letter != key || !is_offered(prompt, act)))
		act++;
	if (act == ACT_COUNT)
		return PROMPT_WAITS;
	prompt->act = (enum act)act;
	if (act != ACT_SIGNAL && act != ACT_SCALE)
		return go_on(prompt);
	prompt->stage = PROMPT_ARGUMENT;
	if (act == ACT_SIGNAL)
		snprintf(prompt->entry.text, sizeof(prompt->entry.text), "%s",
			 signals[0]);
	return PROMPT_WAITS;
}

/* Goes to the signal before or after the one that stands there. */
static void choose_signal(struct entry *entry, int step)
{
	int number = 0;

	while (number < SIGNAL_COUNT &&
	       strcmp(signals[number], entry->text) != 0)
		number++;
	number = number == SIGNAL_COUNT
			 ? 0
			 : (number + step + SIGNAL_COUNT) % SIGNAL_COUNT;
	snprintf(entry->text, sizeof(entry->text), "%s", signals[number]);
}

static enum prompt_result take_signal(struct prompt *prompt)
{
	int number = signal_parse(prompt->entry.text);

	if (number <= 0)
		return PROMPT_WAITS;
	if (number == SIGKILL && !prompt->twice) {
		prompt->twice = true;
		return PROMPT_WAITS;
	}
	snprintf(prompt->argument, sizeof(prompt->argument), "%.20s",
		 prompt->entry.text);
	return go_on(prompt);
}

static enum prompt_result take_count(struct prompt *prompt)
{
	const char *text = prompt->entry.text;
	size_t length = strlen(text);

	if (length == 0 || length > 6 || strspn(text, "0123456789") != length)
		return PROMPT_WAITS;
	snprintf(prompt->argument, sizeof(prompt->argument), "%ld",
		 strtol(text, NULL, 10));
	return go_on(prompt);
}

static enum prompt_result argument_key(struct prompt *prompt, int key)
{
	if (is_enter(key))
		return prompt->act == ACT_SIGNAL ? take_signal(prompt)
						 : take_count(prompt);
	prompt->twice = false;
	if (prompt->act == ACT_SIGNAL && (key == KEY_UP || key == KEY_DOWN)) {
		choose_signal(&prompt->entry, key == KEY_UP ? -1 : 1);
		return PROMPT_WAITS;
	}
	/* the first letter takes the place of what was offered */
	if (prompt->act == ACT_SIGNAL && key > ' ' && key < 127 &&
	    strcmp(prompt->entry.text, signals[0]) == 0)
		prompt->entry.text[0] = '\0';
	entry_key(&prompt->entry, key);
	return PROMPT_WAITS;
}

static enum prompt_result word_key(struct prompt *prompt, int key)
{
	if (is_enter(key) && strcmp(prompt->entry.text, prompt->word) == 0)
		return close_with(prompt, PROMPT_CHOSEN);
	entry_key(&prompt->entry, key);
	return PROMPT_WAITS;
}

static enum prompt_result text_key(struct prompt *prompt, int key)
{
	if (is_enter(key))
		return close_with(prompt, PROMPT_KEPT);
	return entry_key(&prompt->entry, key) ? PROMPT_TYPED : PROMPT_WAITS;
}

enum prompt_result prompt_key(struct prompt *prompt, int key)
{
	if (key == ESCAPE)
		return close_with(prompt, PROMPT_CANCELLED);
	switch (prompt->stage) {
	case PROMPT_MENU:
		return menu_key(prompt, key);
	case PROMPT_ARGUMENT:
		return argument_key(prompt, key);
	case PROMPT_WORD:
		return word_key(prompt, key);
	case PROMPT_TEXT:
		return text_key(prompt, key);
	case PROMPT_CLOSED:
		break;
	}
	return PROMPT_CANCELLED;
}

/* "web/0 pid 812", "web, 4 workers", "3 tagged workers" */
static void draw_target(const struct target *target, struct pen *pen)
{
	const char *plural = target->workers == 1 ? "" : "s";

	switch ((int)target->kind) {
	case TARGET_TAGS:
		pen_print(pen, ROLE_STRONG, "%u tagged worker%s",
			  target->workers, plural);
		break;
	case TARGET_POOL:
		pen_print(pen, ROLE_STRONG, "%s", target->name);
		pen_print(pen, ROLE_PLAIN, ", %u worker%s", target->workers,
			  plural);
		break;
	case TARGET_WORKER:
		pen_print(pen, ROLE_STRONG, "%s", target->name);
		if (target->pid > 0)
			pen_print(pen, ROLE_PLAIN, " pid %lld",
				  (long long)target->pid);
		else
			pen_print(pen, ROLE_PLAIN, " not running");
		break;
	default:
		pen_print(pen, ROLE_STRONG, "instance");
	}
}

static void draw_menu(const struct prompt *prompt, struct pen *pen)
{
	/* all of them fit into 60 columns */
	const char *gap = pen->canvas->columns < 80 ? " " : "  ";
	bool first = true;

	for (int i = 0; i < ACT_COUNT; i++) {
		if (!is_offered(prompt, i))
			continue;
		pen_print(pen, ROLE_KEY, "%s%c", first ? "" : gap,
			  acts[i].letter);
		pen_print(pen, ROLE_PLAIN, " %s", acts[i].help);
		first = false;
	}
}

static void draw_argument(const struct prompt *prompt, struct pen *pen)
{
	const struct target *target = &prompt->target;

	if (prompt->twice) {
		pen_print(pen, ROLE_WARN, "Enter again kills ");
		draw_target(target, pen);
	} else if (prompt->act == ACT_SIGNAL) {
		pen_print(pen, ROLE_PLAIN, "signal for ");
		draw_target(target, pen);
		pen_print(pen, ROLE_PLAIN, ": %s_", prompt->entry.text);
		pen_print(pen, ROLE_KEY, "  Enter");
		pen_print(pen, ROLE_PLAIN, " sends");
		pen_print(pen, ROLE_KEY, "  Up Down");
		pen_print(pen, ROLE_PLAIN, " others");
	} else {
		pen_print(pen, ROLE_PLAIN, "%s: want %u. New number: %s_",
			  target->name, target->wanted, prompt->entry.text);
	}
}

/* "Type web to stop its 4 workers: _" */
static void draw_word(const struct prompt *prompt, struct pen *pen)
{
	const struct target *target = &prompt->target;

	pen_print(pen, ROLE_WARN, "Type %s to %s", prompt->word,
		  acts[prompt->act].verb);
	if (target->kind == TARGET_TAGS)
		pen_print(pen, ROLE_WARN, " the %u tagged workers",
			  target->workers);
	else if (target->kind == TARGET_POOL)
		pen_print(pen, ROLE_WARN, " all its %u workers",
			  target->workers);
	pen_print(pen, ROLE_PLAIN, ": %s_", prompt->entry.text);
}

static void draw_text(const struct prompt *prompt, struct pen *pen)
{
	pen_print(pen, ROLE_PLAIN, "%s: %s_",
		  prompt->action == ACTION_FIND	   ? "find"
		  : prompt->action == ACTION_LINES ? "lines with"
						   : "filter",
		  prompt->entry.text);
	if (prompt->answer[0])
		pen_print(pen, ROLE_DIM, "  %s", prompt->answer);
	pen_print(pen, ROLE_KEY, "  Enter");
	pen_print(pen, ROLE_PLAIN, " keep");
}

int prompt_rows(const struct prompt *prompt, int columns)
{
	enum { WIDE = 120 };

	return prompt->stage == PROMPT_MENU && columns < WIDE ? 2 : 1;
}

void prompt_draw(const struct prompt *prompt, struct canvas *canvas, int row)
{
	struct pen pen =
		pen_at(canvas, row + 1 - prompt_rows(prompt, canvas->columns));

	pen_print(&pen, ROLE_PLAIN, " ");
	if (prompt->stage == PROMPT_MENU) {
		draw_target(&prompt->target, &pen);
		pen_print(&pen, ROLE_PLAIN, ":  ");
		if (pen.row < row)
			pen = pen_at(canvas, row);
		pen_print(&pen, ROLE_PLAIN, pen.column ? "" : " ");
		draw_menu(prompt, &pen);
	} else if (prompt->stage == PROMPT_ARGUMENT) {
		draw_argument(prompt, &pen);
	} else if (prompt->stage == PROMPT_WORD) {
		draw_word(prompt, &pen);
	} else {
		draw_text(prompt, &pen);
	}
	if (prompt->stage != PROMPT_MENU)
		canvas->cursor_row = row;
	pen_print(&pen, ROLE_KEY, "  Esc");
	pen_print(&pen, ROLE_PLAIN, "%s",
		  prompt->stage == PROMPT_TEXT ? " clear" : " cancel");
}
