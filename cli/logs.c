#include "config.h"

#include "base/clock.h"
#include "base/moment.h"
#include "cli/commands.h"
#include "cli/instance.h"
#include "store/log-list.h"
#include "store/log-lines.h"
#include "cli/log-print.h"
#include "cli/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DEFAULT_LINES = 20 };

/* One worker on the screen. */
struct shown {
	struct log_lines lines;
	char name[WORKER_NAME_SIZE];
	bool news; /* its log may have lines */
	bool timed; /* it had a line with a time … */
	bool untimed; /* … or one without, where times are needed */
	bool begun; /* a line was not before view.since_us */
};

struct view {
	struct log_list list;
	struct shown **shown; /* for each worker of the list; same order */
	size_t lines; /* of each worker, at first */
	int64_t since_us; /* INT64_MIN: all */
	struct log_print print;
};

/* Prepares a worker of the list for the screen. */
static int open_shown(struct view *view, size_t at, size_t lines,
		      struct error *error)
{
	const struct log_worker *worker = &view->list.workers[at];
	struct shown *shown = calloc(1, sizeof(*shown));

	view->shown[at] = shown;
	if (!shown)
		return error_set_errno(error, "cannot show %s", worker->name);
	snprintf(shown->name, sizeof(shown->name), "%s", worker->name);
	shown->news = true;
	log_tail_open(&shown->lines.tail, worker->path, lines);
	return 0;
}

static int open_all(struct view *view, struct error *error)
{
	for (size_t i = 0; i < view->list.count; i++)
		if (open_shown(view, i, view->lines, error) < 0)
			return -1;
	return 0;
}

static void close_all(struct view *view)
{
	for (size_t i = 0; i < view->list.count && view->shown[i]; i++) {
		log_lines_close(&view->shown[i]->lines);
		free(view->shown[i]);
	}
	free(view->shown);
}

/* Whether a line shall be shown. One without a time belongs to the one before
 * it. */
static bool is_wanted(const struct view *view, struct shown *shown,
		      const struct log_line *line)
{
	if (line->at_us == 0)
		shown->untimed = true;
	else
		shown->timed = true;
	if (line->at_us != 0 && line->at_us >= view->since_us)
		shown->begun = true;
	return shown->begun || view->since_us == INT64_MIN;
}

/* The next line of a worker that shall be shown, or NULL. */
static const struct log_line *next_line(const struct view *view,
					struct shown *shown, bool last)
{
	const struct log_line *line = NULL;

	while (shown->news && (line = log_lines_peek(&shown->lines, last)) &&
	       !is_wanted(view, shown, line))
		log_lines_pass(&shown->lines);
	shown->news = line != NULL;
	return line;
}

/* Prints what is there by now, the earliest line first; those without a time
 * come before all others, worker by worker. */
static void show(struct view *view, bool last)
{
	for (;;) {
		const struct log_line *first = NULL, *line;
		size_t at = 0;

		for (size_t i = 0; i < view->list.count; i++) {
			if (first && first->at_us == 0)
				break;
			line = next_line(view, view->shown[i], last);
			if (!line || (first && line->at_us >= first->at_us))
				continue;
			first = line;
			at = i;
		}
		if (!first)
			return;
		log_print_line(&view->print, view->shown[at]->name, at, first);
		log_lines_pass(&view->shown[at]->lines);
	}
}

/* Where times are needed each log must have some. */
static int check_times(const struct view *view, struct error *error)
{
	for (size_t i = 0; i < view->list.count; i++) {
		const struct shown *shown = view->shown[i];

		if (view->since_us != INT64_MIN && shown->untimed &&
		    !shown->timed)
			return error_set(
				error,
				"cannot tell when %s printed its lines: raw "
				"logs have no times; `log: {format: tagged}` "
				"writes them, `reeve history` has those of "
				"the runs",
				shown->name);
	}
	return 0;
}

static int check_output(struct error *error)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return error_set_errno(error, "cannot print the logs");
}

static int show_once(struct view *view, struct error *error)
{
	show(view, true);
	return check_times(view, error) < 0 ? -1 : check_output(error);
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
	shown = realloc(view->shown, (at + 1) * sizeof(struct shown *));
	if (!shown)
		return error_set_errno(error, "cannot follow %s", worker->name);
	view->shown = shown;
	view->list.workers[at] = *worker;
	view->list.count++;
	return open_shown(view, at, SIZE_MAX, error);
}

/* Notes that something happened to the log called `file`. */
static int note(struct view *view, const char *file, struct error *error)
{
	struct log_worker worker;

	if (!log_list_parse(&view->list, file, &worker))
		return 0;
	for (size_t i = 0; i < view->list.count; i++) {
		if (!strcmp(view->list.workers[i].name, worker.name)) {
			view->shown[i]->news = true;
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
				view->shown[i]->news = true;
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
	while (result == 0) {
		show(view, false);
		result =
			check_times(view, error) < 0 ? -1 : check_output(error);
		if (result == 0)
			result = wait_for_news(view, watch, error);
	}
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
				struct log_list *list, size_t lines,
				int64_t since_us)
{
	bool following = command_value(line, "follow") != NULL;
	struct view view = {
		.list = *list,
		.shown = calloc(list->count + 1, sizeof(struct shown *)),
		.lines = lines,
		.since_us = since_us,
		.print =
			{
				.out = stdout,
				.names = wants_names(line, list, following),
				.color = terminal_has_color(stdout),
				.json = command_value(line, "json") != NULL,
				.escape = isatty(STDOUT_FILENO),
			},
	};
	struct error error;
	int result = -1;

	for (size_t i = 0; i < list->count; i++) {
		int width = (int)strlen(list->workers[i].name);

		if (view.print.name_width < width)
			view.print.name_width = width;
	}
	raise_file_limit();
	if (!view.shown)
		error_set_errno(&error, "cannot show the logs");
	else
		result = open_all(&view, &error);
	if (result == 0)
		result = following ? follow(&view, &error)
				   : show_once(&view, &error);
	log_print_end(&view.print);
	if (view.shown)
		close_all(&view);
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
	const char *since = command_value(line, "since");
	size_t lines = DEFAULT_LINES;
	int64_t since_us = INT64_MIN;
	struct found_instance found;
	char live_path[600];
	struct log_place place = {
		.instance = found.name,
		.state_dir = found.folders.state,
		.live_path = live_path,
	};
	struct log_list list;
	struct error error;
	enum exit_code code;

	if (wanted && parse_lines(wanted, &lines) < 0)
		return command_misuse(line, "%s is no number of lines", wanted);
	if (since && moment_parse(since, clock_real_us(), &since_us) < 0)
		return command_misuse(line, "%s is no moment", since);
	if (since && !wanted)
		lines = SIZE_MAX;
	if (instance_find(&found, line, false, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	instance_path(&found, "live", live_path);
	if (log_list_find(&list, &place, (const char *const *)line->names,
			  line->name_count, &error) < 0)
		return command_fail(errno == ENOENT ? EXIT_NO_SUCH_NAME
						    : EXIT_FAILED,
				    &error);
	code = view_logs(line, &list, lines, since_us);
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
	 .help = "show lines from then on; raw logs have no times"},
	{.name = "json", .help = "print one JSON object a line"},
	{0},
};

const struct command command_logs = {
	.name = "logs",
	.usage = "NAME…",
	.summary = "show what workers printed",
	.description =
		"Shows the last lines that the named workers (`web/0`, `web`, "
		"`all`) printed on standard output and standard error, older "
		"parts of a log included where it was rotated. Lines of "
		"tagged and json logs come with their times and are merged "
		"by them; those of raw logs come one worker after the other. "
		"Where several workers are shown, each line "
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
