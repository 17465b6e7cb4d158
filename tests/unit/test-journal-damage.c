#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/journal-layout.h"
#include "journal-fixture.h"

/* What is read where writers died and bytes were changed. */

static void overwrite(int number, off_t at, const void *data, size_t size)
{
	int file = open(segment_path(number), O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(file, data, size, at), size);
	close(file);
}

static void a_torn_tail_is_no_record(void **state)
{
	struct journal *journal = open_journal(4, -1);
	static const char zeros[64];
	uint64_t damaged;
	char last[64];

	(void)state;
	append(journal, "whole");
	append(journal, "torn");
	journal_close(journal);
	/* The size, which is stored last, never got there. */
	overwrite(1, 64 + 24, zeros, 4);
	assert_int_equal(read_all(1, &damaged, last), 1);
	assert_string_equal(last, "whole");
	assert_int_equal(damaged, 0);
}

static void a_segment_cut_at_any_byte_is_read(void **state)
{
	struct journal *journal = open_journal(4, -1);
	uint64_t damaged;

	(void)state;
	for (int i = 0; i < 5; i++)
		append(journal, "record");
	journal_close(journal);
	for (int size = 64 + 5 * 24; size >= 64; size--) {
		assert_int_equal(truncate(segment_path(1), size), 0);
		assert_in_range(read_all(1, &damaged, NULL), (size - 64) / 24,
				(size - 64 + 1) / 24);
		assert_int_equal(damaged, 1);
	}
}

static void damage_is_skipped_and_counted(void **state)
{
	struct journal *journal = open_journal(4, -1);
	uint64_t damaged;
	char last[64];

	(void)state;
	for (int i = 0; i < 5; i++)
		append(journal, i < 4 ? "record" : "final");
	journal_close(journal);
	for (int at = 64 + 24; at < 64 + 2 * 24 - 1; at++) {
		char good, bad;
		int file = open(segment_path(1), O_RDONLY | O_CLOEXEC);

		assert_int_equal(pread(file, &good, 1, at), 1);
		close(file);
		bad = (char)~good;
		overwrite(1, at, &bad, 1);
		assert_int_equal(read_all(1, &damaged, last), 4);
		assert_string_equal(last, "final");
		assert_int_equal(damaged, 1);
		overwrite(1, at, &good, 1);
	}
	assert_int_equal(read_all(1, &damaged, last), 5);
	assert_int_equal(damaged, 0);
}

static void damage_in_a_live_segment_counts_once(void **state)
{
	struct journal *journal = open_journal(4, -1);
	struct error error;
	struct journal_segment *segment;
	struct journal_record record;
	uint64_t offset = 0, damaged = 0;

	(void)state;
	append(journal, "bad");
	overwrite(1, 64 + 16, "X", 1);
	segment = journal_segment_open(segment_path(1), &error);
	for (int i = 0; i < 3; i++)
		assert_int_equal(journal_segment_next(segment, &offset, &record,
						      &damaged),
				 0);
	assert_int_equal(damaged, 0);
	append(journal, "good");
	assert_int_equal(
		journal_segment_next(segment, &offset, &record, &damaged), 1);
	assert_string_equal(record.data, "good");
	assert_int_equal(damaged, 1);
	journal_segment_close(segment);
	journal_close(journal);
}

static void bytes_in_a_record_never_pass_as_one(void **state)
{
	struct journal *journal = open_journal(4, -1);
	struct {
		struct journal_record_header head;
		char text[8];
	} fake = {{3, 0, 1, 1, JOURNAL_RECORD_MAGIC}, "no"};
	uint64_t damaged;
	char last[64];

	(void)state;
	/* Whoever prints this does not know the id of the segment. */
	fake.head.checksum = journal_record_checksum(0, 1, 1, fake.text, 3);
	journal_append(journal, 1, 1, &fake, sizeof(fake));
	append(journal, "yes");
	journal_close(journal);
	overwrite(1, 64 + 4, "XXXX", 4);
	assert_int_equal(read_all(1, &damaged, last), 1);
	assert_string_equal(last, "yes");
	assert_int_equal(damaged, 1);
}

static void junk_is_no_journal(void **state)
{
	char path[128], *junk = malloc(SEGMENT);
	struct error error;
	int file;

	(void)state;
	snprintf(path, sizeof(path), "%s/junk", folder);
	file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_null(journal_segment_open(path, &error));
	memset(junk, 'j', SEGMENT);
	assert_int_equal(write(file, junk, SEGMENT), SEGMENT);
	close(file);
	free(junk);
	assert_null(journal_segment_open(path, &error));
	assert_non_null(strstr(error.text, "it is no journal"));
	snprintf(path, sizeof(path), "%s/none", folder);
	assert_null(journal_segment_open(path, &error));
	assert_null(journal_segment_open(folder, &error));
}

static _Noreturn void write_until_killed(int report)
{
	struct journal *journal = open_journal(64, -1);

	for (uint64_t i = 1;; i++) {
		char text[200] = "";

		snprintf(text, 20 + i % 180, "%" PRIu64, i);
		if (journal_append(journal, 7, 1, text, 20 + i % 180) < 0)
			_exit(1);
		/* One byte for each record that is in the journal for sure. */
		if (write(report, "", 1) != 1)
			_exit(2);
	}
}

/* Returns how many records were surely appended before the writer died. */
static uint64_t run_and_kill_writer(int round)
{
	int ends[2], status;
	char bytes[4096];
	uint64_t appended = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	/* The writer is never far ahead, however slow this process is. */
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
	child = fork();
	if (child == 0)
		write_until_killed(ends[1]);
	close(ends[1]);
	while (appended < (uint64_t)round * 40 &&
	       (got = read(ends[0], bytes, sizeof(bytes))) > 0)
		appended += (uint64_t)got;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_int_equal(status, SIGKILL);
	while ((got = read(ends[0], bytes, sizeof(bytes))) > 0)
		appended += (uint64_t)got;
	close(ends[0]);
	return appended;
}

static uint64_t read_numbers(int number, uint64_t expected)
{
	struct error error;
	struct journal_segment *segment =
		journal_segment_open(segment_path(number), &error);
	struct journal_record record;
	uint64_t offset = 0, damaged = 0;

	assert_non_null(segment);
	journal_segment_seal(segment);
	while (journal_segment_next(segment, &offset, &record, &damaged) == 1) {
		assert_int_equal(strtoull(record.data, NULL, 10), expected);
		expected++;
	}
	assert_int_equal(damaged, 0);
	journal_segment_close(segment);
	return expected;
}

static void a_killed_writer_loses_nothing(void **state)
{
	int number = 1;

	(void)state;
	for (int round = 1; round <= 30; round++) {
		uint64_t appended = run_and_kill_writer(round);
		uint64_t expected = 1;

		for (; access(segment_path(number), F_OK) == 0; number++) {
			expected = read_numbers(number, expected);
			/* As the recorder does; the last one stays. */
			unlink(segment_path(number - 1));
		}
		assert_in_range(expected - 1, appended, appended + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_torn_tail_is_no_record),
		TEST(a_segment_cut_at_any_byte_is_read),
		TEST(damage_is_skipped_and_counted),
		TEST(damage_in_a_live_segment_counts_once),
		TEST(bytes_in_a_record_never_pass_as_one),
		TEST(junk_is_no_journal),
		TEST(a_killed_writer_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
