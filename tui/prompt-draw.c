#include "config.h"

#include "tui/prompt.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "tui/format.h"

/* How the prompt is drawn: in as many rows as its words need. */

enum { QUESTION_SIZE = 256 };

/* "web/0 pid 812", "web, 4 workers", "3 tagged workers" */
static int write_target(const struct target *target, char *text, size_t size)
{
	const char *plural = target->workers == 1 ? "" : "s";

	switch ((int)target->kind) {
	case TARGET_TAGS:
		return snprintf(text, size, "%u tagged worker%s",
				target->workers, plural);
	case TARGET_POOL:
		return snprintf(text, size, "%s, %u worker%s", target->name,
				target->workers, plural);
	case TARGET_WORKER:
		if (target->pid > 0)
			return snprintf(text, size, "%s pid %lld", target->name,
					(long long)target->pid);
		return snprintf(text, size, "%s not running", target->name);
	default:
		return snprintf(text, size, "instance");
	}
}

/* ---- the menu ---- */

/* Places the words of the menu from `row` and `column` on; draws them where
 * there is a canvas. Returns the last row. */
static int place_menu(const struct prompt *prompt, struct canvas *canvas,
		      int row, int column, int columns)
{
	const int gap = columns < 80 ? 1 : 2;

	for (int i = 0; i <= ACT_COUNT; i++) {
		bool last = i == ACT_COUNT;
		const char *word = last ? "cancel" : act_word((enum act)i);
		char key[8] = "Esc";
		int size;

		if (!last && !act_is_offered((enum act)i, prompt->target.kind))
			continue;
		if (!last)
			snprintf(key, sizeof(key), "%c",
				 act_letter((enum act)i));
		size = (int)(strlen(key) + strlen(word)) + 1;
		if (column > 1 && column + size > columns) {
			row++;
			column = 1;
		}
		if (canvas) {
			struct pen pen = {canvas, row, column, columns};

			pen_print(&pen, ROLE_KEY, "%s", key);
			pen_print(&pen, ROLE_PLAIN, " %s", word);
		}
		column += size + gap;
	}
	return row;
}

static int menu_rows(const struct prompt *prompt, int columns)
{
	char target[QUESTION_SIZE];
	int width = write_target(&prompt->target, target, sizeof(target)) + 4;

	if (place_menu(prompt, NULL, 0, width, columns) == 0)
		return 1;
	return 2 + place_menu(prompt, NULL, 0, 1, columns);
}

static void draw_menu(const struct prompt *prompt, struct canvas *canvas,
		      int top, int rows)
{
	char target[QUESTION_SIZE];
	struct pen pen = pen_at(canvas, top);

	write_target(&prompt->target, target, sizeof(target));
	pen_print(&pen, ROLE_STRONG, " %s:", target);
	if (rows == 1)
		place_menu(prompt, canvas, top, pen.column + 2,
			   canvas->columns);
	else
		place_menu(prompt, canvas, top + 1, 1, canvas->columns);
}

/* ---- questions ---- */

/* "Type web to stop all its 4 workers:" */
static void ask_word(const struct prompt *prompt, char text[QUESTION_SIZE])
{
	const struct target *target = &prompt->target;
	int used = snprintf(text, QUESTION_SIZE, "Type %s to %s", prompt->word,
			    act_verb(prompt->act));

	if (target->kind == TARGET_TAGS)
		used += snprintf(text + used, QUESTION_SIZE - (size_t)used,
				 " the %u tagged workers", target->workers);
	else if (target->kind == TARGET_POOL && target->workers == 1)
		used += snprintf(text + used, QUESTION_SIZE - (size_t)used,
				 " its worker");
	else if (target->kind == TARGET_POOL)
		used += snprintf(text + used, QUESTION_SIZE - (size_t)used,
				 " all its %u workers", target->workers);
	snprintf(text + used, QUESTION_SIZE - (size_t)used, ":");
}

static void ask_argument(const struct prompt *prompt, char text[QUESTION_SIZE])
{
	char target[WORKER_NAME_SIZE + 32];

	write_target(&prompt->target, target, sizeof(target));
	if (prompt->twice)
		snprintf(text, QUESTION_SIZE, "Enter again kills %s", target);
	else if (prompt->act == ACT_SIGNAL)
		snprintf(text, QUESTION_SIZE, "signal for %s:", target);
	else
		snprintf(text, QUESTION_SIZE,
			 "%s: want %u. New number:", prompt->target.name,
			 prompt->target.wanted);
}

static void ask(const struct prompt *prompt, char text[QUESTION_SIZE])
{
	if (prompt->stage == PROMPT_WORD)
		ask_word(prompt, text);
	else if (prompt->stage == PROMPT_ARGUMENT)
		ask_argument(prompt, text);
	else
		snprintf(text, QUESTION_SIZE, "%s:",
			 prompt->action == ACTION_FIND	  ? "find"
			 : prompt->action == ACTION_LINES ? "lines with"
							  : "filter");
}

/* What stands behind the text that is typed. */
static void draw_keys(const struct prompt *prompt, struct pen *pen)
{
	bool is_text = prompt->stage == PROMPT_TEXT;
	bool is_signal = prompt->stage == PROMPT_ARGUMENT &&
			 prompt->act == ACT_SIGNAL && !prompt->twice;

	if (prompt->answer[0])
		pen_print(pen, ROLE_DIM, "  %s", prompt->answer);
	if (is_text || is_signal) {
		pen_print(pen, ROLE_KEY, "  Enter");
		pen_print(pen, ROLE_PLAIN, is_text ? " keep" : " sends");
	}
	if (is_signal) {
		pen_print(pen, ROLE_KEY, "  Up Down");
		pen_print(pen, ROLE_PLAIN, " others");
	}
	pen_print(pen, ROLE_KEY, "  Esc");
	pen_print(pen, ROLE_PLAIN, is_text ? " clear" : " cancel");
}

/* Draws what was typed; where that is too long, its end. */
static void draw_entry(const struct entry *entry, struct pen *pen)
{
	enum { BEHIND = 14 }; /* cells for what stands behind it */
	wchar_t text[ENTRY_SIZE + 1];
	size_t count = format_clean(entry->text, text, ENTRY_SIZE);
	int room = pen->end - pen->column - BEHIND;
	int cells = 0;
	size_t from = count;

	while (from > 0 && cells + wcwidth(text[from - 1]) <= room)
		cells += wcwidth(text[--from]);
	if (from > 0)
		pen_put(pen, ROLE_DIM, &pen->canvas->glyphs->cut, 1);
	pen_write(pen, ROLE_PLAIN, text + from, count - from);
	pen_print(pen, ROLE_PLAIN, "_");
}

/* One row, or two where question and entry do not fit into one. */
static int question_rows(const struct prompt *prompt, int columns)
{
	enum { ESCAPE_CELLS = 14, ENTRY_LEAST = 16 };
	char text[QUESTION_SIZE];
	int cells;

	if (prompt->stage == PROMPT_TEXT)
		return 1;
	ask(prompt, text);
	cells = (int)(strlen(text) + strlen(prompt->word)) + ESCAPE_CELLS;
	if (prompt->stage == PROMPT_ARGUMENT && !prompt->twice)
		cells += ENTRY_LEAST;
	return cells > columns ? 2 : 1;
}

static void draw_question(const struct prompt *prompt, struct canvas *canvas,
			  int top, int row)
{
	bool warns = prompt->stage == PROMPT_WORD || prompt->twice;
	char text[QUESTION_SIZE];
	struct pen pen = pen_at(canvas, top);

	ask(prompt, text);
	pen_print(&pen, warns ? ROLE_WARN : ROLE_PLAIN, " %s", text);
	if (top < row)
		pen = pen_at(canvas, row);
	pen_print(&pen, ROLE_PLAIN, " ");
	if (!prompt->twice)
		draw_entry(&prompt->entry, &pen);
	draw_keys(prompt, &pen);
	canvas->cursor_row = row;
}

int prompt_rows(const struct prompt *prompt, int columns)
{
	return prompt->stage == PROMPT_MENU ? menu_rows(prompt, columns)
					    : question_rows(prompt, columns);
}

void prompt_draw(const struct prompt *prompt, struct canvas *canvas, int row)
{
	int rows = prompt_rows(prompt, canvas->columns);

	if (prompt->stage == PROMPT_MENU)
		draw_menu(prompt, canvas, row + 1 - rows, rows);
	else
		draw_question(prompt, canvas, row + 1 - rows, row);
}
