#include "config.h"

#include "tests/tools/recorded.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_FOLDER RECORDED_STATE "/log"

void recorded_check(int result, const struct error *error)
{
	if (result == 0)
		return;
	fprintf(stderr, "cannot make the recorded instance: %s\n", error->text);
	exit(1);
}

/* What was printed, in the format `tagged`. */
struct printed {
	double ago_s;
	unsigned run;
	const char *stream;
	const char *text;
};

static const struct printed web[] = {
	{60, 212, "out", "GET /v2/orders/88121 200 14ms"},
	{55, 212, "out", "GET /v2/orders/88127 200 11ms"},
	{50, 212, "out", "cache: 8120 entries, 61 MB"},
	{46, 212, "out", "GET /v2/export?from=2019 started"},
	{41, 212, "out", "export: 120000 rows read"},
	{38, 212, "out", "export: 240000 rows read"},
	{37, 212, "err", "warn: arena grew to 256 MB"},
	{35, 212, "out", "export: 360000 rows read"},
	{31, 212, "out", "export: 480000 rows read"},
	{29.5, 212, "err", "warn: main loop blocked for 3100 ms"},
	{28, 212, "out", "export: 600000 rows read"},
	{26, 212, "err", "warn: arena grew to 384 MB"},
	{24, 212, "out",
	 "Größe der Tabelle: 世界 \033[31mred\033[0m \033]2;title\a and a "
	 "line that is longer than a narrow screen, so that it has to be cut "
	 "or to be wrapped, as the reader wishes"},
	{22, 212, "out", "export: 720000 rows read"},
	{20.4, 212, "err", "warn: main loop blocked for 5200 ms"},
	{18, 212, "out", "export: 840000 rows read"},
	{15, 212, "err", "warn: arena grew to 512 MB"},
	{12, 212, "err", "error: arena_alloc: size -2147483648"},
	{10, 212, "err", "request 7741 user 5521"},
	{9.5, 212, "err", "dump: req GET /v2/export?from=2019 user 5521"},
	{9.1, 212, "err", "fatal: write to 0x0000000000000018"},
	{7.6, 215, "out", "worker 7 starting, version 8.4.1"},
	{7.1, 215, "out", "listening on /run/web/7.sock"},
};

static const struct printed thumbs[] = {
	{110, 203, "out", "picture 4711.jpg: 320x200"},
	{101.1, 204, "err",
	 "open /var/cache/thumbs/e05.tmp: No space left on device"},
	{95, 205, "out", "picture 4712.jpg: 320x200"},
	{89.1, 205, "err",
	 "open /var/cache/thumbs/b21.tmp: No space left on device"},
};

static void print_log(const char *name, const char *worker,
		      const struct printed *lines, size_t count)
{
	FILE *out = fopen(name, "w");
	struct error error;

	recorded_check(out ? 0
			   : error_set_errno(&error, "cannot make %s", name),
		       &error);
	for (size_t i = 0; i < count; i++) {
		char at[CLOCK_TEXT_SIZE];

		clock_format_utc(AGO_US(lines[i].ago_s), at);
		fprintf(out, "%s %s %u %s %s\n", at, worker, lines[i].run,
			lines[i].stream, lines[i].text);
	}
	fclose(out);
}

void recorded_make_logs(void)
{
	print_log(LOG_FOLDER "/web.7.log", "web/7", web,
		  sizeof(web) / sizeof(web[0]));
	print_log(LOG_FOLDER "/thumbs.2.log", "thumbs/2", thumbs,
		  sizeof(thumbs) / sizeof(thumbs[0]));
}

static void make_folder(const char *path)
{
	struct error error = {""};

	if (mkdir(path, 0755) < 0)
		recorded_check(error_set_errno(&error, "cannot make %s", path),
			       &error);
}

void recorded_make(void)
{
	make_folder(RECORDED_STATE);
	make_folder(LOG_FOLDER);
	recorded_make_table();
	recorded_make_history();
	recorded_make_logs();
}
