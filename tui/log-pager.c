#include "config.h"

#include "tui/log-pager.h"

#include <stdio.h>
#include <string.h>

#include "tui/filter.h"

void log_pager_open(struct log_pager *pager, const char *state_dir,
		    const char *live_path, const char *subject)
{
	*pager = (struct log_pager){.follow = true, .time = true};
	log_text_open(&pager->text, state_dir, live_path, subject);
	pager->names = pager->text.list.count != 1;
}

void log_pager_close(struct log_pager *pager)
{
	log_text_close(&pager->text);
}

void log_pager_read(struct log_pager *pager, const struct event_lines *events)
{
	log_text_read(&pager->text, events);
	if (pager->top < pager->text.first)
		pager->top = pager->text.first;
}

bool log_pager_shows(const struct log_pager *pager, size_t number)
{
	const struct log_text_line *line = log_text_get(&pager->text, number);

	if (line->border)
		return pager->lines[0] == '\0' ||
		       text_has(line->text, pager->lines);
	if (pager->stream != LOG_NO_STREAM && line->stream != LOG_NO_STREAM &&
	    line->stream != pager->stream)
		return false;
	return pager->lines[0] == '\0' || text_has(line->text, pager->lines);
}

/* The line that is shown and comes `count` such lines before `from`, or the
 * first. */
static size_t lines_before(const struct log_pager *pager, size_t from,
			   long count)
{
	size_t found = from;

	while (count > 0 && from > pager->text.first) {
		from--;
		if (log_pager_shows(pager, from)) {
			found = from;
			count--;
		}
	}
	return found;
}

static size_t lines_after(const struct log_pager *pager, size_t from,
			  long count)
{
	size_t found = from;

	while (count > 0 && from + 1 < pager->text.next) {
		from++;
		if (log_pager_shows(pager, from)) {
			found = from;
			count--;
		}
	}
	return found;
}

/* Goes to a line, and leaves or takes up following. */
static void go_to(struct log_pager *pager, size_t number)
{
	size_t last = lines_before(pager, pager->text.next,
				   pager->page > 0 ? pager->page : 1);

	if (pager->follow)
		pager->seen_next = pager->text.next;
	pager->follow = number >= last && number > pager->top;
	pager->top = number;
}

static bool find_from(struct log_pager *pager, size_t from, int step)
{
	const struct log_text *text = &pager->text;
	size_t count = text->next - text->first;

	for (size_t i = 0; pager->find[0] && i < count; i++) {
		size_t number = text->first + (from + count - text->first +
					       (step > 0 ? i : count - i)) %
						      count;

		if (!log_pager_shows(pager, number) ||
		    !text_has(log_text_get(text, number)->text, pager->find))
			continue;
		if (pager->follow)
			pager->seen_next = text->next;
		pager->follow = false;
		pager->top = number;
		return true;
	}
	return false;
}

static size_t count_with(const struct log_pager *pager, const char *words)
{
	size_t count = 0;

	for (size_t i = pager->text.first; i < pager->text.next; i++)
		count += log_pager_shows(pager, i) &&
			 text_has(log_text_get(&pager->text, i)->text, words);
	return count;
}

void log_pager_find(struct log_pager *pager, const char *text, char answer[64])
{
	size_t matches = *text ? count_with(pager, text) : 0;

	snprintf(pager->find, sizeof(pager->find), "%s", text);
	if (*text)
		snprintf(answer, 64, "%zu line%s", matches,
			 matches == 1 ? "" : "s");
	if (matches > 0)
		find_from(pager, pager->top, 1);
}

void log_pager_filter(struct log_pager *pager, const char *text,
		      char answer[64])
{
	snprintf(pager->lines, sizeof(pager->lines), "%s", text);
	if (*text)
		snprintf(answer, 64, "%zu of %zu lines",
			 count_with(pager, text),
			 pager->text.next - pager->text.first);
	if (pager->text.next > pager->text.first &&
	    !log_pager_shows(pager, pager->top < pager->text.next
					    ? pager->top
					    : pager->text.next - 1))
		pager->top = lines_before(pager, pager->top, 1);
}

/* Goes to the begin or end of a run before or after the window. */
static void go_to_border(struct log_pager *pager, int step)
{
	const struct log_text *text = &pager->text;
	size_t number = pager->top;

	while ((step > 0 ? number + 1 < text->next : number > text->first)) {
		number += (size_t)step;
		if (!log_text_get(text, number)->border)
			continue;
		if (pager->follow)
			pager->seen_next = text->next;
		pager->follow = false;
		pager->top = number;
		return;
	}
}

static bool handle_look(struct log_pager *pager, enum action action)
{
	switch ((int)action) {
	case ACTION_FOLLOW:
		pager->follow = !pager->follow;
		pager->seen_next = pager->text.next;
		return true;
	case ACTION_WRAP:
		pager->wrap = !pager->wrap;
		return true;
	case ACTION_TIME:
		pager->time = !pager->time;
		return true;
	case ACTION_STREAM:
		pager->stream = pager->stream == LOG_NO_STREAM ? LOG_OUT
				: pager->stream == LOG_OUT     ? LOG_ERR
							       : LOG_NO_STREAM;
		return true;
	case ACTION_MARK:
		log_text_mark(&pager->text);
		return true;
	case ACTION_SIDE_RIGHT:
		pager->side += 16;
		return true;
	case ACTION_SIDE_LEFT:
		pager->side = pager->side > 16 ? pager->side - 16 : 0;
		return true;
	default:
		return false;
	}
}

static bool handle_move(struct log_pager *pager, enum action action)
{
	long page = pager->page > 2 ? pager->page - 1 : 1;

	switch ((int)action) {
	case ACTION_UP:
		go_to(pager, lines_before(pager, pager->top, 1));
		return true;
	case ACTION_DOWN:
		go_to(pager, lines_after(pager, pager->top, 1));
		return true;
	case ACTION_PAGE_UP:
		go_to(pager, lines_before(pager, pager->top, page));
		return true;
	case ACTION_PAGE_DOWN:
		go_to(pager, lines_after(pager, pager->top, page));
		return true;
	case ACTION_HALF_UP:
		go_to(pager, lines_before(pager, pager->top, page / 2 + 1));
		return true;
	case ACTION_HALF_DOWN:
		go_to(pager, lines_after(pager, pager->top, page / 2 + 1));
		return true;
	case ACTION_FIRST:
		go_to(pager, pager->text.first);
		pager->follow = false;
		return true;
	case ACTION_LAST:
		pager->follow = true;
		return true;
	default:
		return false;
	}
}

bool log_pager_handle(struct log_pager *pager, enum action action)
{
	bool lines = pager->text.next > pager->text.first;

	if (handle_look(pager, action))
		return true;
	switch ((int)action) {
	case ACTION_FIND_NEXT:
		if (lines)
			find_from(pager, pager->top + 1, 1);
		return true;
	case ACTION_FIND_BACK:
		if (lines)
			find_from(pager, pager->top - 1, -1);
		return true;
	case ACTION_PREVIOUS:
	case ACTION_NEXT:
		if (lines)
			go_to_border(pager, action == ACTION_NEXT ? 1 : -1);
		return true;
	default:
		return lines && handle_move(pager, action);
	}
}
