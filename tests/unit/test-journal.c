#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/event.h"
#include "journal-fixture.h"

/* How events are written and read. */

static void records_round_trip_while_written(void **state)
{
	struct journal *journal = open_journal(4, -1);
	struct error error;
	struct journal_segment *segment =
		journal_segment_open(segment_path(1), &error);
	struct journal_record record;
	uint64_t offset = 0, damaged = 0;

	(void)state;
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 0);
	append(journal, "first");
	append(journal, "second");
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 1);
	assert_string_equal(record.data, "first");
	assert_int_equal(record.type, 7);
	assert_int_equal(record.version, 1);
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 1);
	assert_string_equal(record.data, "second");
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 0);
	assert_int_equal(damaged, 0);
	assert_false(journal_segment_is_sealed(segment));
	journal_segment_close(segment);
	journal_close(journal);
}

static void a_new_writer_begins_a_new_segment(void **state)
{
	uint64_t damaged;
	struct journal *journal = open_journal(4, -1);

	(void)state;
	append(journal, "old");
	journal_close(journal);
	journal = open_journal(4, -1);
	append(journal, "new");
	journal_close(journal);
	assert_int_equal(read_all(1, &damaged, NULL), 1);
	assert_int_equal(read_all(2, &damaged, NULL), 1);
}

static void a_full_segment_is_sealed(void **state)
{
	struct journal *journal = open_journal(4, -1);
	struct error error;
	struct journal_segment *segment;
	char block[SEGMENT / 3] = "block";

	(void)state;
	assert_false(journal_wants_prepare(journal));
	for (int i = 0; i < 2; i++)
		journal_append(journal, 1, 1, block, sizeof(block));
	assert_true(journal_wants_prepare(journal));
	journal_prepare(journal);
	assert_false(journal_wants_prepare(journal));
	segment = journal_segment_open(segment_path(1), &error);
	assert_false(journal_segment_is_sealed(segment));
	assert_int_equal(access(segment_path(2), F_OK), -1);
	journal_append(journal, 1, 1, block, sizeof(block));
	assert_true(journal_segment_is_sealed(segment));
	assert_int_equal(access(segment_path(2), F_OK), 0);
	journal_segment_close(segment);
	journal_close(journal);
}

static void what_is_lost_becomes_a_gap(void **state)
{
	struct journal *journal = open_journal(2, -1);
	char block[SEGMENT / 2] = "block";
	struct journal_segment *segment;
	struct journal_record record;
	uint64_t offset = 0, damaged = 0;
	struct event_record event;
	struct error error;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			journal_append(journal, 1, 1, block, sizeof(block)), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			journal_append(journal, 1, 1, block, sizeof(block)),
			-1);
	assert_int_equal(journal_lost(journal), 3);
	assert_int_equal(unlink(segment_path(1)), 0);
	while (!journal_wants_prepare(journal))
		;
	append(journal, "after");
	segment = journal_segment_open(segment_path(2), &error);
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 1);
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 1);
	assert_int_equal(record.type, JOURNAL_EVENT);
	assert_int_equal(event_decode(&event, record.data, record.size), 0);
	assert_int_equal(event.kind, EVENT_GAP);
	assert_int_equal(event.count, 3);
	assert_string_equal(event.by, "test");
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 1);
	assert_string_equal(record.data, "after");
	journal_segment_close(segment);
	journal_close(journal);
}

static void too_large_a_record_is_lost_and_told(void **state)
{
	struct journal *journal = open_journal(2, -1);
	char *block = calloc(1, SEGMENT);
	uint64_t damaged;

	(void)state;
	assert_int_equal(journal_append(journal, 1, 1, block, SEGMENT), -1);
	free(block);
	append(journal, "next");
	journal_close(journal);
	assert_int_equal(read_all(1, &damaged, NULL), 2);
}

static void a_folder_that_is_missing_is_said(void **state)
{
	struct journal_settings settings = {.folder = "/nonexistent/journal",
					    .writer = "test",
					    .segment_size = SEGMENT,
					    .max_segments = 2,
					    .wake_fd = -1};
	struct error error;

	(void)state;
	assert_null(journal_open(&settings, &error));
	assert_string_equal(error.text,
			    "cannot make journal /nonexistent/journal/test: "
			    "No such file or directory");
}

static void the_recorder_is_woken_once(void **state)
{
	int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct journal *journal = open_journal(4, wake);
	struct journal_segment *segment;
	struct error error;
	uint64_t count;

	(void)state;
	append(journal, "one");
	append(journal, "two");
	assert_int_equal(read(wake, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	append(journal, "three");
	assert_int_equal(read(wake, &count, sizeof(count)), -1);
	segment = journal_segment_open(segment_path(1), &error);
	journal_segment_rearm(segment);
	append(journal, "four");
	assert_int_equal(read(wake, &count, sizeof(count)), sizeof(count));
	journal_segment_close(segment);
	journal_close(journal);
	close(wake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_round_trip_while_written),
		TEST(a_new_writer_begins_a_new_segment),
		TEST(a_full_segment_is_sealed),
		TEST(what_is_lost_becomes_a_gap),
		TEST(too_large_a_record_is_lost_and_told),
		TEST(a_folder_that_is_missing_is_said),
		TEST(the_recorder_is_woken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
