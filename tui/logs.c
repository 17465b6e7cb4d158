#include "config.h"

#include "tui/dashboard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tui/log-pager.h"

/* What a worker, the workers of a pool, or all workers have printed. */

struct logs {
	struct log_pager pager;
	size_t workers; /* in the model, when the logs were opened */
	char crumb[SUBJECT_SIZE + 8];
};

/* How many workers the subject has by now. */
static size_t count_workers(const struct view *view)
{
	const struct model *model = &view->dashboard->model;
	const struct model_pool *pool = model_find_pool(model, view->subject);

	return pool			    ? pool->sum.workers
	       : strchr(view->subject, '/') ? 1
					    : model->worker_count;
}

/* Whether the user has chosen that. */
static bool is_kept(const struct view *view, const char *name,
		    const char *value)
{
	const char *kept = settings_get(&view->dashboard->settings, name);

	return kept && strcmp(kept, value) == 0;
}

static void keep(const struct view *view)
{
	const struct logs *logs = view->state;
	struct settings *settings = &view->dashboard->settings;

	settings_set(settings, "log.wrap", logs->pager.wrap ? "on" : "off");
	settings_set(settings, "log.time", logs->pager.time ? "on" : "off");
}

static void open_view(struct view *view)
{
	struct logs *logs = view->state;

	log_pager_open(&logs->pager, view->dashboard->options.state_dir,
		       view->dashboard->options.live_path, view->subject);
	logs->workers = count_workers(view);
	logs->pager.wrap = is_kept(view, "log.wrap", "on");
	logs->pager.time = !is_kept(view, "log.time", "off");
}

static void close_view(struct view *view)
{
	log_pager_close(&((struct logs *)view->state)->pager);
}

static void update(struct view *view)
{
	struct logs *logs = view->state;

	/* a pool that has grown has further logs */
	if (count_workers(view) != logs->workers && logs->pager.follow) {
		close_view(view);
		open_view(view);
	}
	log_pager_read(&logs->pager, &view->dashboard->events);
}

static const char *crumb(const struct view *view)
{
	struct logs *logs = view->state;
	/* the view below has said whose log it is */
	bool said = view > view->dashboard->views &&
		    strcmp(view[-1].subject, view->subject) == 0;

	snprintf(logs->crumb, sizeof(logs->crumb), "%s%slog",
		 said ? "" : view->subject,
		 said || !view->subject[0] ? "" : " > ");
	return logs->crumb;
}

static void draw_state(const struct log_pager *pager, struct canvas *canvas,
		       int row)
{
	static const char *const streams[] = {"O+E", "O", "E"};
	const char *gap = canvas->columns < 80 ? "  " : "   ";
	struct pen pen = pen_at(canvas, row);

	pen_print(&pen, pager->follow ? ROLE_OK : ROLE_WARN, " FOLLOW %s",
		  pager->follow ? "on" : "off");
	if (pager->side > 0)
		pen_print(&pen, ROLE_PLAIN, "%sfrom column %d", gap,
			  pager->side + 1);
	if (pager->find[0])
		pen_print(&pen, ROLE_PLAIN, "%sfind \"%s\"", gap, pager->find);
	if (pager->lines[0])
		pen_print(&pen, ROLE_WARN, "%slines with \"%s\"", gap,
			  pager->lines);
	pen_print(&pen, ROLE_PLAIN, "%swrap %s", gap,
		  pager->wrap ? "on" : "off");
	if (pager->text.timed)
		pen_print(&pen, ROLE_PLAIN, "%stime %s%sstream %s", gap,
			  pager->time ? "on" : "off", gap,
			  streams[pager->stream]);
	else
		pen_print(&pen, ROLE_DIM, "%sraw: no times, no streams", gap);
}

/* "12 new lines below", and where one is. */
static void draw_place(const struct log_pager *pager, struct canvas *canvas,
		       int row)
{
	struct pen pen = pen_at(canvas, row);
	const struct log_text *text = &pager->text;

	if (!pager->follow && text->next == pager->seen_next)
		pen_print(&pen, ROLE_WARN, " -- F or G to follow --");
	else if (!pager->follow)
		pen_print(&pen, ROLE_WARN,
			  " -- %zu new line%s since, F or G to follow --",
			  text->next - pager->seen_next,
			  text->next - pager->seen_next == 1 ? "" : "s");
	if (pager->top == text->first && text->first > 0)
		pen_print(&pen, ROLE_DIM, " oldest kept line");
	pen_print_right(&pen, ROLE_DIM, "line %zu of %zu ",
			text->next ? pager->top + 1 : 0, text->next);
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct log_pager *pager = &((struct logs *)view->state)->pager;

	log_pager_draw(pager, canvas, top + 1, bottom - 1);
	draw_state(pager, canvas, top);
	draw_place(pager, canvas, bottom - 1);
}

/* Appends the lines from number `from` on, `rows` at most, as text. */
static char *text_from(const struct log_pager *pager, size_t from, size_t rows)
{
	const struct log_text *text = &pager->text;
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	for (; file && from < text->next && rows > 0; from++) {
		const struct log_text_line *line = log_text_get(text, from);
		char time[CLOCK_TEXT_SIZE] = "";

		if (!log_pager_shows(pager, from))
			continue;
		rows--;
		if (line->at_us)
			clock_format_utc(line->at_us, time);
		fprintf(file, "%s%s%s%s%s\n", time, *time ? " " : "",
			line->border ? "--" : log_text_name(text, line),
			line->border || *log_text_name(text, line) ? " " : "",
			line->text);
	}
	if (file)
		fclose(file);
	return out;
}

static char *copy(const struct view *view)
{
	const struct logs *logs = view->state;

	return text_from(&logs->pager, logs->pager.top,
			 (size_t)(logs->pager.page > 0 ? logs->pager.page : 1));
}

/* Writes all lines that are shown into a new file in the working folder. */
static void save(struct view *view)
{
	const struct logs *logs = view->state;
	char *text = text_from(&logs->pager, logs->pager.text.first, SIZE_MAX);
	char name[SUBJECT_SIZE + 64];
	char stamp[CLOCK_TEXT_SIZE];
	FILE *file;

	clock_format_utc(clock_real_us(), stamp);
	snprintf(name, sizeof(name), "%s-%.19s.log", logs->pager.text.subject,
		 stamp);
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '.';
	file = fopen(name, "wxe");
	if (!file || fputs(text ? text : "", file) < 0 || fclose(file) < 0)
		dashboard_say(view->dashboard, ROLE_BAD, "cannot save %s: %s",
			      name, strerror(errno));
	else
		dashboard_say(view->dashboard, ROLE_OK, "saved %s", name);
	free(text);
}

static enum redo handle(struct view *view, enum action action)
{
	struct logs *logs = view->state;

	if (action == ACTION_SAVE)
		save(view);
	else if (!log_pager_handle(&logs->pager, action))
		return REDO_NOTHING;
	if (action == ACTION_WRAP || action == ACTION_TIME)
		keep(view);
	return REDO_DRAW;
}

static void typed(struct view *view, enum action action, const char *text,
		  char answer[PROMPT_ANSWER_SIZE])
{
	struct logs *logs = view->state;

	if (action == ACTION_FIND)
		log_pager_find(&logs->pager, text, answer);
	else
		log_pager_filter(&logs->pager, text, answer);
}

static const char *text_so_far(const struct view *view, enum action action)
{
	const struct logs *logs = view->state;

	return action == ACTION_FIND ? "" : logs->pager.lines;
}

static bool target(const struct view *view, struct target *target)
{
	const struct model *model = &view->dashboard->model;
	const struct model_worker *worker =
		model_find_worker(model, view->subject);
	const struct model_pool *pool = model_find_pool(model, view->subject);

	if (worker)
		*target = target_of_worker(worker);
	else if (pool)
		*target = target_of_pool(pool);
	return worker || pool;
}

static const enum action hints[] = {
	ACTION_FOLLOW, ACTION_FIND,	ACTION_FIND_NEXT, ACTION_LINES,
	ACTION_WRAP,   ACTION_TIME,	ACTION_STREAM,	  ACTION_BACK,
	ACTION_HELP,   ACTION_QUIT,	ACTION_COPY,	  ACTION_SAVE,
	ACTION_MARK,   ACTION_PREVIOUS, ACTION_NEXT,	  ACTION_NONE,
};

const struct screen screen_logs = {
	.name = "log",
	.crumb = crumb,
	.state_size = sizeof(struct logs),
	.opens = ACTION_ALL_LOGS,
	.opens_selected = ACTION_LOGS,
	.keys = GROUP_LOG,
	.open = open_view,
	.close = close_view,
	.update = update,
	.draw = draw,
	.handle = handle,
	.typed = typed,
	.text = text_so_far,
	.copy = copy,
	.target = target,
	.hints = hints,
};
