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
	const char *word;
	const char *words;
} acts[ACT_COUNT] = {
#define X(act, letter, path, verb, targets, asks, word, words) \
	[act] = {letter, path, verb, targets, asks, word, words},
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

const char *act_word(enum act act)
{
	return acts[act].word;
}

const char *act_words(enum act act)
{
	return acts[act].words;
}

bool act_is_offered(enum act act, enum target_kind kind)
{
	return (acts[act].targets & (int)kind) != 0;
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

static enum prompt_result menu_key(struct prompt *prompt, int key)
{
	int act = 0;

	while (act < ACT_COUNT &&
	       (acts[act].letter != key ||
		!act_is_offered((enum act)act, prompt->target.kind)))
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
