#include "config.h"

#include "tui/prompt.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

enum { ESCAPE = 27, DELETE = 127, CONTROL_H = 8 };

static const struct {
	char letter;
	const char *verb;
	bool ask;
	const char *help;
} acts[ACT_COUNT] = {
#define X(act, letter, verb, ask, help) [act] = {letter, verb, ask, help},
	ACTS(X)
#undef X
};

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

void prompt_open(struct prompt *prompt, const struct target *target)
{
	*prompt = (struct prompt){.stage = PROMPT_MENU, .target = *target};
}

static enum prompt_result close_with(struct prompt *prompt,
				     enum prompt_result result)
{
	prompt->stage = PROMPT_CLOSED;
	return result;
}

static enum prompt_result menu_key(struct prompt *prompt, int key)
{
	for (int i = 0; i < ACT_COUNT; i++) {
		if (acts[i].letter != key)
			continue;
		prompt->act = (enum act)i;
		if (!prompt->target.is_pool || !acts[i].ask)
			return close_with(prompt, PROMPT_CHOSEN);
		prompt->stage = PROMPT_NAME;
		return PROMPT_WAITS;
	}
	return PROMPT_WAITS;
}

static enum prompt_result name_key(struct prompt *prompt, int key)
{
	size_t length = strlen(prompt->typed);

	if (key == KEY_BACKSPACE || key == DELETE || key == CONTROL_H) {
		if (length > 0)
			prompt->typed[length - 1] = '\0';
	} else if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		if (strcmp(prompt->typed, prompt->target.name) == 0)
			return close_with(prompt, PROMPT_CHOSEN);
	} else if (key > ' ' && key < DELETE && length + 1 < NAME_SIZE) {
		prompt->typed[length] = (char)key;
	}
	return PROMPT_WAITS;
}

enum prompt_result prompt_key(struct prompt *prompt, int key)
{
	if (key == ESCAPE)
		return close_with(prompt, PROMPT_CANCELLED);
	return prompt->stage == PROMPT_MENU ? menu_key(prompt, key)
					    : name_key(prompt, key);
}

static void draw_menu(const struct prompt *prompt, struct pen *pen)
{
	const struct target *target = &prompt->target;

	pen_print(pen, ROLE_STRONG, " %s", target->name);
	if (target->is_pool)
		pen_print(pen, ROLE_PLAIN, ", %u worker%s:", target->workers,
			  target->workers == 1 ? "" : "s");
	else if (target->pid > 0)
		pen_print(pen, ROLE_PLAIN,
			  " pid %lld:", (long long)target->pid);
	else
		pen_print(pen, ROLE_PLAIN, " not running:");
	for (int i = 0; i < ACT_COUNT; i++) {
		pen_print(pen, ROLE_KEY, "  %c", acts[i].letter);
		pen_print(pen, ROLE_PLAIN, " %s", acts[i].help);
	}
}

void prompt_draw(const struct prompt *prompt, struct canvas *canvas, int row)
{
	const struct target *target = &prompt->target;
	struct pen pen = pen_at(canvas, row);

	if (prompt->stage == PROMPT_MENU) {
		draw_menu(prompt, &pen);
	} else {
		pen_print(&pen, ROLE_WARN,
			  " Type %s to %s all its %u workers:", target->name,
			  acts[prompt->act].verb, target->workers);
		pen_print(&pen, ROLE_PLAIN, " %s_", prompt->typed);
		canvas->cursor_row = row;
	}
	pen_print(&pen, ROLE_KEY, "  Esc");
	pen_print(&pen, ROLE_PLAIN, " cancel");
}
