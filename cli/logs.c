#include "config.h"

#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/log-list.h"
#include "cli/log-print.h"
#include "cli/log-tail.h"
#include "cli/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DEFAULT_LINES = 20, BLOCK_SIZE = 64 * 1024 };

/* One worker on the screen. */
struct shown {
	struct log_tail tail;
	struct log_print print;
	bool news; /* something happened to its log */
};

struct view {
	struct log_list list;
	struct shown *shown; /* for each worker of the list; same order */
	size_t lines; /* of each worker, at first */
	bool names; /* each line tells its worker */
	bool color;
	bool escape;
	int name_width;
};

static const char *const name_colors[] = {"36", "33", "32", "35", "34", "31"};
enum { NAME_COLOR_COUNT = sizeof(name_colors) / sizeof(name_colors[0]) };

/* Prepares a worker of the list for the screen. */
static void open_shown(const struct view *view, size_t at, size_t lines)
{
	struct shown *shown = &view->shown[at];

	*shown = (struct shown){
		.print =
			{
				.out = stdout,
				.name = view->names
						? view->list.workers[at].name
						: NULL,
				.name_width = view->name_width,
				.color = view->color
						 ? name_colors[at %
							       NAME_COLOR_COUNT]
						 : NULL,
				.escape = view->escape,
			},
	};
	log_tail_open(&shown->tail, view->list.workers[at].path, lines);
}

static void close_shown(struct shown *shown)
{
	log_tail_close(&shown->tail);
	log_print_release(&shown->print);
}

/* Prints what is there by now. */
static void show(struct shown *shown)
{
	char block[BLOCK_SIZE];
	size_t got;

	while ((got = log_tail_read(&shown->tail, block, sizeof(block))) > 0)
		log_print(&shown->print, block, got);
	shown->news = false;
}

static int check_output(struct error *error)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return error_set_errno(error, "cannot print the logs");
}

static int show_once(const struct view *view, struct error *error)
{
	for (size_t i = 0; i < view->list.count; i++) {
		open_shown(view, i, view->lines);
		show(&view->shown[i]);
		log_print_rest(&view->shown[i].print);
		close_shown(&view->shown[i]);
	}
	return check_output(error);
}

/* Adds a worker that is new. */
static int add_worker(struct view *view, const struct log_worker *worker,
		      struct error *error)
{
	size_t at = view->list.count;
	void *workers = realloc(view->list.workers,
				(at + 1) * sizeof(*view->list.workers));
	void *shown;

	if (!workers)
		return error_set_errno(error, "cannot follow %s", worker->name);
	view->list.workers = workers;
	shown = realloc(view->shown, (at + 1) * sizeof(*view->shown));
	if (!shown)
		return error_set_errno(error, "cannot follow %s", worker->name);
	view->shown = shown;
	view->list.workers[at] = *worker;
	view->list.count++;
	for (size_t i = 0; i < at && view->names; i++)
		view->shown[i].print.name = view->list.workers[i].name;
	open_shown(view, at, SIZE_MAX);
	view->shown[at].news = true;
	return 0;
}

/* Notes that something happened to the log called `file`. */
static int note(struct view *view, const char *file, struct error *error)
{
	struct log_worker worker;

	if (!log_list_parse(&view->list, file, &worker))
		return 0;
	for (size_t i = 0; i < view->list.count; i++) {
		if (!strcmp(view->list.workers[i].name, worker.name)) {
			view->shown[i].news = true;
			return 0;
		}
	}
	return add_worker(view, &worker, error);
}

/* Waits for news and notes whose they are. */
static int wait_for_news(struct view *view, int watch, struct error *error)
{
	_Alignas(struct inotify_event) char buffer[16 * 1024];
	ssize_t size = read(watch, buffer, sizeof(buffer));
	int result = 0;

	if (size < 0 && errno != EINTR)
		return error_set_errno(error, "cannot follow %s",
				       view->list.folder);
	for (ssize_t at = 0; at < size && result == 0;) {
		const struct inotify_event *event = (const void *)(buffer + at);

		if (event->mask & IN_Q_OVERFLOW)
			for (size_t i = 0; i < view->list.count; i++)
				view->shown[i].news = true;
		else if (event->len > 0)
			result = note(view, event->name, error);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return result;
}

/* The log of each worker is held open. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Shows what is there, then what comes, until a signal ends us. */
static int follow(struct view *view, struct error *error)
{
	int watch = inotify_init1(IN_CLOEXEC);
	int result = 0;

	if (watch < 0 ||
	    inotify_add_watch(watch, view->list.folder,
			      IN_CREATE | IN_MODIFY | IN_MOVE) < 0) {
		error_set_errno(error, "cannot follow %s", view->list.folder);
		if (watch >= 0)
			close(watch);
		return -1;
	}
	raise_file_limit();
	for (size_t i = 0; i < view->list.count; i++) {
		open_shown(view, i, view->lines);
		view->shown[i].news = true;
	}
	while (result == 0) {
		for (size_t i = 0; i < view->list.count; i++)
			if (view->shown[i].news)
				show(&view->shown[i]);
		result = check_output(error);
		if (result == 0)
			result = wait_for_news(view, watch, error);
	}
	for (size_t i = 0; i < view->list.count; i++)
		close_shown(&view->shown[i]);
	close(watch);
	return result;
}

/* One worker that is named as such needs no name before each line. */
static bool wants_names(const struct command_line *line,
			const struct log_list *list, bool following)
{
	bool one = line->name_count == 1 && strchr(line->names[0], '/');

	return list->count > 1 || (following && !one);
}

static enum exit_code view_logs(const struct command_line *line,
				struct log_list *list, size_t lines)
{
	bool following = command_value(line, "follow") != NULL;
	struct view view = {
		.list = *list,
		.shown = calloc(list->count + 1, sizeof(*view.shown)),
		.lines = lines,
		.names = wants_names(line, list, following),
		.color = terminal_has_color(stdout),
		.escape = isatty(STDOUT_FILENO),
	};
	struct error error;
	int result;

	for (size_t i = 0; i < list->count; i++) {
		int width = (int)strlen(list->workers[i].name);

		if (view.name_width < width)
			view.name_width = width;
	}
	if (!view.shown)
		result = error_set_errno(&error, "cannot show the logs");
	else
		result = following ? follow(&view, &error)
				   : show_once(&view, &error);
	free(view.shown);
	*list = view.list;
	return result < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_DONE;
}

/* Returns 0, or -1 when `text` is no number. */
static int parse_lines(const char *text, size_t *lines)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*lines = strtoul(text, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : -1;
}

static enum exit_code run(const struct command_line *line)
{
	const char *wanted = command_value(line, "lines");
	size_t lines = DEFAULT_LINES;
	struct found_instance found;
	struct log_list list;
	struct error error;
	enum exit_code code;

	if (wanted && parse_lines(wanted, &lines) < 0)
		return command_misuse(line, "%s is no number of lines", wanted);
	if (command_value(line, "since")) {
		error_set(&error,
			  "cannot tell when a line was printed: raw logs have "
			  "no times; `reeve history` has those of the runs");
		return command_fail(EXIT_FAILED, &error);
	}
	if (instance_find(&found, line, false, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	if (log_list_find(&list, &found, (const char *const *)line->names,
			  line->name_count, &error) < 0)
		return command_fail(errno == ENOENT ? EXIT_NO_SUCH_NAME
						    : EXIT_FAILED,
				    &error);
	code = view_logs(line, &list, lines);
	log_list_release(&list);
	return code;
}

static const struct command_option options[] = {
	{.letter = 'f',
	 .name = "follow",
	 .help = "show new lines as they come, until Ctrl-C"},
	{.letter = 'n',
	 .name = "lines",
	 .argument = "LINES",
	 .help = "show so many lines of each worker (default 20)"},
	{.name = "since",
	 .argument = "TIME",
	 .help = "refused for raw logs, which have no times"},
	{0},
};

const struct command command_logs = {
	.name = "logs",
	.usage = "NAME…",
	.summary = "show what workers printed",
	.description =
		"Shows the last lines that the named workers (`web/0`, `web`, "
		"`all`) printed on standard output and standard error, one "
		"worker after the other, older parts of a log included where "
		"it was rotated. Where several workers are shown, each line "
		"begins with the name of its worker.\n"
		"\n"
		"With -f it goes on with what they print from then on, also "
		"of workers of a named pool that are new. It reads the log "
		"files alone, so it also works when the instance does not "
		"run.\n"
		"\n"
		"On a terminal, control characters and bytes that are no "
		"UTF-8 are shown as \\xNN; into a file or a pipe they go as "
		"they are.",
	.examples = "reeve logs web/0\tthe last 20 lines of a worker\n"
		    "reeve logs web -n 5\tthe last 5 of each worker of a pool\n"
		    "reeve logs all -f\tall that is printed, as it comes\n",
	.options = options,
	.min_names = 1,
	.max_names = SIZE_MAX,
	.run = run,
};
