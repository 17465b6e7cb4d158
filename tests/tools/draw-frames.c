#include "config.h"

#include "tests/tools/recorded.h"

#include "base/clock.h"
#include "tui/dashboard.h"
#include "tui/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * draw-frames INSTANCE FRAMES
 *
 * Makes the recorded instance in the empty folder INSTANCE and draws every
 * screen of the dashboard over it into a file of the folder FRAMES: at three
 * sizes, in ASCII, and what role each cell has. Clocks and /proc are wrapped
 * (-Wl,--wrap) and stand still, so the same program draws the same frames.
 */

#define ENTER "\r"
#define ESCAPE "\033"
#define WEB "/web\r"
#define WORKER "2/web/7\r"

/* In place of keys: the supervisor is gone. */
#define GONE "\001"

/* What is typed, over the overview, until the frame is there. */
static const struct script {
	const char *name;
	const char *keys;
} scripts[] = {
	{"overview", ""},
	{"overview-problems", "o"},
	{"overview-paused", "z"},
	{"supervisor-gone", GONE},
	{"workers", WEB ENTER},
	{"workers-all", "2"},
	{"workers-by-cpu", "2P"},
	{"workers-filter", "2fst:!~ -mail"},
	{"workers-tagged", "2   "},
	{"columns", "2C"},
	{"worker", WORKER ENTER},
	{"worker-log", WORKER ENTER "\t"},
	{"worker-processes", WORKER ENTER "t"},
	{"worker-failed", "2/thumbs/2" ENTER ENTER},
	{"log", WORKER "l"},
	{"log-find", WORKER "lg/export" ENTER "n"},
	{"log-lines-wrapped", WORKER "lw&e" ENTER},
	{"log-all", "3"},
	{"events", "5"},
	{"events-of-worker", "2/thumbs/2" ENTER "e"},
	{"history", "4"},
	{"history-of-worker", WORKER "H"},
	{"post-mortem", WORKER "p"},
	{"post-mortem-end", WORKER "pG"},
	{"post-mortem-oom", "2/ingest/0" ENTER "p"},
	{"crash-groups", "6"},
	{"crash-group", "6" ENTER},
	{"jobs", "7"},
	{"help", "?"},
	{"help-end", "?G"},
	{"act", WORKER "x"},
	{"act-confirm", WEB "xs"},
	{"act-signal", WORKER "xk"},
	{"act-done", WORKER "xr"},
	{"reload-plan", "xl"},
	{"reload-confirm", "xlx"},
};

/* ---- what stands still ---- */

int64_t __wrap_clock_real_us(void);
int64_t __wrap_clock_monotonic_ns(void);
size_t __wrap_tree_read(pid_t pid, struct tree_process *out);

int64_t __wrap_clock_real_us(void)
{
	return RECORDED_NOW_US;
}

int64_t __wrap_clock_monotonic_ns(void)
{
	return RECORDED_MONO_NS;
}

size_t __wrap_tree_read(pid_t pid, struct tree_process *out)
{
	static const struct tree_process processes[] = {
		{0, 0, 'S', 412, 9800, 4, "/srv/shop/bin/web --slot=7"},
		{11, 1, 'R', 97, 5200, 1, "/srv/shop/bin/export 2019"},
		{12, 2, 'Z', 3, 0, 1, "[gzip]"},
		{15, 1, 'S', 0, 420, 1, "sleep 5"},
	};
	size_t count = pid > 0 ? sizeof(processes) / sizeof(processes[0]) : 0;

	for (size_t i = 0; i < count; i++) {
		out[i] = processes[i];
		out[i].pid += pid;
	}
	return count;
}

/* ---- a supervisor that answers at once ---- */

static char asked[256];

static void *begin(void *context, const char *path, struct error *error)
{
	(void)error;
	snprintf(asked, sizeof(asked), "%s", path);
	return context;
}

static int fd_of(const void *request)
{
	return *(const int *)request;
}

static int finish(void *request, json_t **answer, struct error *error)
{
	(void)request;
	(void)error;
	*answer = json_loads(
		strstr(asked, "dry_run")
			? "{\"plan\": {\"pools\": ["
			  "{\"name\": \"web\", \"change\": \"changed\","
			  " \"keys\": [\"command\", \"environment\"],"
			  " \"live\": [\"workers\"]},"
			  "{\"name\": \"thumbs\", \"change\": \"unchanged\"},"
			  "{\"name\": \"search\", \"change\": \"new\"},"
			  "{\"name\": \"cron\", \"change\": \"gone\"}]}}"
			: "{}",
		0, NULL);
	return 0;
}

static void abandon(void *request)
{
	(void)request;
}

/* ---- frames ---- */

struct size {
	int columns, rows;
};

static void draw_text(const struct canvas *canvas, FILE *out)
{
	char text[2048];

	for (int row = 0; row < canvas->rows; row++) {
		canvas_text(canvas, row, text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
}

/* A letter for the role of each cell: in the order of palette.h, from "a" on;
 * capital in the selected row; a blank for plain ones. */
static void draw_roles(const struct canvas *canvas, FILE *out)
{
	for (int row = 0; row < canvas->rows; row++) {
		char text[2048] = "";
		int end = 0;

		for (int column = 0; column < canvas->columns; column++) {
			const struct cell *cell =
				canvas_cell(canvas, row, column);
			char letter = cell->role == ROLE_PLAIN
					      ? ' '
					      : (char)('a' + cell->role - 1);

			if (cell->selected)
				letter = letter == ' ' ? '+'
						       : (char)(letter - ' ');
			text[column] = letter;
			if (letter != ' ')
				end = column + 1;
		}
		fprintf(out, "%.*s\n", end, text);
	}
}

/* Draws, so that screens know their size, and writes what is drawn if it is
 * asked for. */
static void draw(struct dashboard *dashboard, struct size size, FILE *out,
		 void (*write)(const struct canvas *canvas, FILE *out))
{
	struct canvas canvas;

	canvas_init(&canvas, size.rows, size.columns, glyphs_choose());
	dashboard_draw(dashboard, &canvas);
	if (write)
		write(&canvas, out);
	canvas_release(&canvas);
}

/* Types the keys of a script into a new dashboard and writes what it shows. */
static void play(const struct script *script, struct live_table *table,
		 struct size size, FILE *out,
		 void (*write)(const struct canvas *canvas, FILE *out))
{
	int readable = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct control control = {&readable, begin, fd_of, finish, abandon};
	struct dashboard *dashboard = calloc(1, sizeof(*dashboard));
	struct dashboard_options options = {
		.control = &control,
		.live_path = RECORDED_LIVE,
		.state_dir = RECORDED_STATE,
		.settings_path = "",
		.seen_path = "",
	};

	if (!dashboard)
		abort();
	dashboard_init(dashboard, &options);
	dashboard->alive = *script->keys != *GONE;
	dashboard_look(dashboard, table);
	draw(dashboard, size, NULL, NULL);
	for (const char *key = script->keys; *key; key++) {
		dashboard_key(dashboard, (unsigned char)*key);
		dashboard_go_on(dashboard);
		draw(dashboard, size, NULL, NULL);
	}
	dashboard_look(dashboard, table);
	draw(dashboard, size, out, write);
	dashboard_release(dashboard);
	free(dashboard);
	close(readable);
}

static void use_locale(const char *name)
{
	if (!setlocale(LC_ALL, name)) {
		fprintf(stderr, "draw-frames: there is no locale %s\n", name);
		exit(1);
	}
}

static void write_frames(const struct script *script, struct live_table *table,
			 FILE *out)
{
	static const struct size sizes[] = {{80, 24}, {120, 40}, {60, 20}};

	use_locale("C.UTF-8");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fprintf(out, "==== %dx%d\n", sizes[i].columns, sizes[i].rows);
		play(script, table, sizes[i], out, draw_text);
	}
	fprintf(out, "==== 80x24 roles\n");
	play(script, table, sizes[0], out, draw_roles);
	use_locale("C");
	fprintf(out, "==== 80x24 ascii\n");
	play(script, table, sizes[0], out, draw_text);
}

static FILE *open_frames(const char *folder, const char *name)
{
	char path[PATH_MAX + 64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s.txt", folder, name);
	out = fopen(path, "w");
	if (!out) {
		fprintf(stderr, "draw-frames: cannot write %s: %s\n", path,
			strerror(errno));
		exit(1);
	}
	return out;
}

int main(int argc, char **argv)
{
	char frames[PATH_MAX];
	struct live_table *table;
	struct error error = {""};

	if (argc != 3 || !realpath(argv[2], frames) || chdir(argv[1]) < 0) {
		fprintf(stderr, "usage: draw-frames INSTANCE FRAMES, both "
				"folders\n");
		return 2;
	}
	setenv("TZ", "UTC", 1);
	unsetenv("SSH_CONNECTION");
	recorded_make();
	table = live_table_open(RECORDED_LIVE, &error);
	recorded_check(table ? 0 : -1, &error);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		FILE *out = open_frames(frames, scripts[i].name);

		write_frames(&scripts[i], table, out);
		fclose(out);
	}
	live_table_close(table);
	return 0;
}
