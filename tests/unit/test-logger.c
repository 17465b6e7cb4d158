#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "supervisor/logger-file.h"
#include "supervisor/logger-marks.h"

/* A folder of its own for each test, and a pipe with a log. */
struct fixture {
	char folder[64];
	char marks[128];
	int pipe[2];
	struct logger_file file;
	struct log_mark begin;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->folder, "/tmp/reeve-logger-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->marks, sizeof(fixture->marks), "%s/marks",
		 fixture->folder);
	fixture->file.fd = -1;
	snprintf(fixture->file.path, sizeof(fixture->file.path),
		 "%s/log/web.0.log", fixture->folder);
	assert_int_equal(pipe(fixture->pipe), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	logger_file_close(&fixture->file);
	close(fixture->pipe[0]);
	close(fixture->pipe[1]);
	snprintf(command, sizeof(command), "rm -r %s", fixture->folder);
	assert_int_equal(system(command), 0);
	free(fixture);
	return 0;
}

/* ---- marks ---- */

static struct log_mark *add_mark(struct log_marks *marks, uint64_t run)
{
	const struct log_mark mark = {run, run * 2, run * 3};

	return log_marks_add(marks, &mark);
}

static void marks_outlive_their_logger(void **state)
{
	const struct fixture *fixture = *state;
	const struct log_mark *found;
	struct log_marks marks;
	struct error error;

	assert_int_equal(log_marks_open(&marks, fixture->marks, &error), 0);
	for (uint64_t run = 1; run <= 1000; run++)
		assert_non_null(add_mark(&marks, run));
	assert_null(log_marks_find(&marks, 7));
	log_marks_close(&marks);
	assert_int_equal(log_marks_open(&marks, fixture->marks, &error), 0);
	for (uint64_t run = 1; run <= 1000; run++) {
		found = log_marks_find(&marks, run);
		assert_non_null(found);
		assert_int_equal(found->inode, run * 2);
		assert_int_equal(found->offset, run * 3);
	}
	assert_null(log_marks_find(&marks, 1001));
	log_marks_close(&marks);
}

static void places_of_dropped_marks_are_used_again(void **state)
{
	const struct fixture *fixture = *state;
	struct log_mark *places[3];
	struct log_marks marks;
	struct error error;

	assert_int_equal(log_marks_open(&marks, fixture->marks, &error), 0);
	for (uint64_t i = 0; i < 3; i++)
		places[i] = add_mark(&marks, i + 1);
	log_marks_drop(&marks, places[1]);
	assert_ptr_equal(add_mark(&marks, 4), places[1]);
	log_marks_drop(&marks, places[0]);
	log_marks_drop(&marks, places[2]);
	log_marks_drop(&marks, places[1]);
	log_marks_close(&marks);
	assert_int_equal(access(fixture->marks, F_OK), -1);
}

static void no_mark_is_added_to_a_full_table(void **state)
{
	const struct fixture *fixture = *state;
	struct log_marks marks;
	struct error error;

	assert_int_equal(log_marks_open(&marks, fixture->marks, &error), 0);
	while (add_mark(&marks, 1))
		;
	assert_in_range(marks.used, LOG_MARK_MAX - 1000, LOG_MARK_MAX);
	log_marks_close(&marks);
}

/* ---- files ---- */

static void print(struct fixture *fixture, const char *text)
{
	size_t left = strlen(text);

	assert_int_equal(write(fixture->pipe[1], text, left), left);
	while (left > 0) {
		ssize_t moved;

		assert_int_equal(logger_file_open(&fixture->file), 0);
		moved = logger_file_move(&fixture->file, fixture->pipe[0],
					 left);
		assert_true(moved > 0);
		left -= (size_t)moved;
	}
}

static void begin_run(struct fixture *fixture)
{
	assert_int_equal(logger_file_open(&fixture->file), 0);
	assert_int_equal(logger_file_end(&fixture->file, &fixture->begin), 0);
	fixture->file.begin = &fixture->begin;
}

static void assert_tail(const struct fixture *fixture, size_t size,
			const char *wanted)
{
	char buffer[256];
	size_t got = logger_file_tail(&fixture->file, buffer, size);

	assert_int_equal(got, strlen(wanted));
	assert_memory_equal(buffer + size - got, wanted, got);
}

static void assert_part(const struct fixture *fixture, const char *suffix,
			const char *wanted)
{
	char path[700], content[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", fixture->file.path, suffix);
	file = fopen(path, "r");
	if (!wanted) {
		assert_null(file);
		return;
	}
	assert_non_null(file);
	content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(content, wanted);
}

static void the_tail_is_that_of_the_run(void **state)
{
	struct fixture *fixture = *state;

	print(fixture, "before\n");
	begin_run(fixture);
	assert_tail(fixture, 100, "");
	print(fixture, "one\ntwo\n");
	assert_tail(fixture, 100, "one\ntwo\n");
	assert_tail(fixture, 5, "\ntwo\n");
}

static void the_tail_goes_over_parts(void **state)
{
	struct fixture *fixture = *state;

	fixture->file.rotation.max_size = 10;
	fixture->file.rotation.keep = 3;
	print(fixture, "12\n");
	begin_run(fixture);
	print(fixture, "345678\nabcdefghi\nlast\n");
	assert_part(fixture, "", "last\n");
	assert_part(fixture, ".1", "abcdefghi\n");
	assert_part(fixture, ".2", "12\n345678\n");
	assert_tail(fixture, 100, "345678\nabcdefghi\nlast\n");
	assert_tail(fixture, 8, "hi\nlast\n");
}

static void a_removed_beginning_is_forgotten(void **state)
{
	struct fixture *fixture = *state;

	fixture->file.rotation.max_size = 4;
	fixture->file.rotation.keep = 1;
	begin_run(fixture);
	print(fixture, "aaaa\nbbbb\ncccc\n");
	assert_int_equal(fixture->begin.inode, 0);
	assert_part(fixture, ".1", "bbbb\n");
	assert_part(fixture, ".2", NULL);
	assert_tail(fixture, 100, "bbbb\ncccc\n");
}

static void fewer_parts_are_kept_when_asked(void **state)
{
	struct fixture *fixture = *state;

	fixture->file.rotation.max_size = 2;
	fixture->file.rotation.keep = 4;
	print(fixture, "a\nb\nc\nd\ne\n");
	assert_part(fixture, ".4", "a\n");
	fixture->file.rotation.keep = 2;
	print(fixture, "f\n");
	assert_part(fixture, "", "f\n");
	assert_part(fixture, ".1", "e\n");
	assert_part(fixture, ".2", "d\n");
	assert_part(fixture, ".3", NULL);
	assert_part(fixture, ".4", NULL);
	fixture->file.rotation.keep = 0;
	print(fixture, "g\n");
	assert_part(fixture, "", "g\n");
	assert_part(fixture, ".1", NULL);
}

static void a_line_is_torn_only_at_twice_the_size(void **state)
{
	struct fixture *fixture = *state;

	fixture->file.rotation.max_size = 4;
	fixture->file.rotation.keep = 2;
	print(fixture, "123456");
	print(fixture, "7\n");
	print(fixture, "123456789");
	print(fixture, "0\n");
	assert_part(fixture, ".2", "1234567\n");
	assert_part(fixture, ".1", "123456789");
	assert_part(fixture, "", "0\n");
}

static void a_file_that_was_removed_is_made_anew(void **state)
{
	struct fixture *fixture = *state;

	print(fixture, "a\n");
	assert_int_equal(unlink(fixture->file.path), 0);
	print(fixture, "b\n");
	assert_part(fixture, "", "b\n");
	assert_int_equal(truncate(fixture->file.path, 0), 0);
	print(fixture, "c\n");
	assert_part(fixture, "", "c\n");
}

#define LOGGER_TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOGGER_TEST(marks_outlive_their_logger),
		LOGGER_TEST(places_of_dropped_marks_are_used_again),
		LOGGER_TEST(no_mark_is_added_to_a_full_table),
		LOGGER_TEST(the_tail_is_that_of_the_run),
		LOGGER_TEST(the_tail_goes_over_parts),
		LOGGER_TEST(a_removed_beginning_is_forgotten),
		LOGGER_TEST(fewer_parts_are_kept_when_asked),
		LOGGER_TEST(a_line_is_torn_only_at_twice_the_size),
		LOGGER_TEST(a_file_that_was_removed_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
