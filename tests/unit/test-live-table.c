#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "live/layout.h"
#include "live/table.h"

/* Each test has a folder of its own. */
struct fixture {
	char folder[64];
	char path[80];
};

static int set_up(void **state)
{
	struct fixture *fixture = malloc(sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->folder, "/tmp/reeve-live-XXXXXX");
	if (!mkdtemp(fixture->folder)) {
		free(fixture);
		return -1;
	}
	snprintf(fixture->path, sizeof(fixture->path), "%s/live",
		 fixture->folder);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static const struct live_instance shop = {
	.name = "shop",
	.version = "1",
	.pid = 17,
	.sample_interval_ns = 1000000000,
	.state_dir = "/var/lib/shop",
};

static const struct live_pool pools[] = {
	{.name = "web", .kind = "service", .wanted = 2},
	{.name = "db", .kind = "service", .wanted = 1},
	{.name = "reeve-sampler", .wanted = 1, .hidden = true},
};

static struct live_table *create(const struct fixture *fixture,
				 uint32_t capacity, struct live_table *former,
				 const uint32_t *slots)
{
	struct error error;
	struct live_table *table =
		live_table_create(fixture->path, &shop, pools, 3, capacity,
				  former, slots, &error);

	assert_non_null(table);
	return table;
}

static struct live_table *open_table(const struct fixture *fixture)
{
	struct error error;
	struct live_table *table = live_table_open(fixture->path, &error);

	assert_non_null(table);
	return table;
}

/* A worker and a usage all of whose members tell the same number. */
static struct live_worker make_worker(uint32_t number)
{
	struct live_worker worker = {
		.pool = number % 3,
		.index = number,
		.state = number % WORKER_STATE_COUNT,
		.pid = number,
		.run = number,
		.restarts = number,
		.last_exit = {.run = number, .error_number = (int)number},
	};

	memset(worker.cpus, 'a' + (int)(number % 26), sizeof(worker.cpus) - 1);
	memset(worker.status, 'a' + (int)(number % 26),
	       sizeof(worker.status) - 1);
	return worker;
}

static void assert_worker_is_whole(const struct live_worker *worker)
{
	struct live_worker expected = make_worker(worker->index);

	assert_memory_equal(worker, &expected, sizeof(expected));
}

static struct live_usage make_usage(uint32_t number)
{
	return (struct live_usage){
		.run = number,
		.sampled_at_us = number,
		.sampled_mono_ns = number,
		.cpu_permille = number,
		.threads = number,
		.open_files = number,
		.zombies = number,
		.rss_bytes = (uint64_t)number * 1024,
		.cpu_ns = number,
		.run_samples = number,
	};
}

static void assert_usage_is_whole(const struct live_usage *usage)
{
	struct live_usage expected = make_usage(usage->threads);

	assert_memory_equal(usage, &expected, sizeof(expected));
}

static void what_is_written_is_read(void **state)
{
	struct fixture *fixture = *state;
	struct live_table *table = create(fixture, 4, NULL, NULL);
	struct live_table *reader = open_table(fixture);
	struct live_worker worker = make_worker(5), read;
	struct live_usage usage = make_usage(7), read_usage;
	struct live_pool pool;

	assert_string_equal(live_table_instance(reader)->name, "shop");
	assert_int_equal(live_table_pool_count(reader), 3);
	assert_int_equal(live_table_capacity(reader), 4);
	live_table_set_wanted(table, 1, 9);
	live_table_get_pool(reader, 1, &pool);
	assert_string_equal(pool.name, "db");
	assert_int_equal(pool.wanted, 9);
	live_table_get_pool(reader, 2, &pool);
	assert_true(pool.hidden);

	assert_false(live_table_get_worker(reader, 2, &read));
	assert_false(live_table_get_usage(reader, 2, &read_usage));
	live_table_set_worker(table, 2, &worker);
	live_table_set_usage(table, 2, &usage);
	assert_true(live_table_get_worker(reader, 2, &read));
	assert_worker_is_whole(&read);
	assert_int_equal(read.index, 5);
	assert_true(live_table_get_usage(reader, 2, &read_usage));
	assert_usage_is_whole(&read_usage);

	worker.pool = LIVE_NO_POOL;
	live_table_set_worker(table, 2, &worker);
	assert_false(live_table_get_worker(reader, 2, &read));
	assert_false(live_table_is_stopped(reader));
	live_table_set_stopped(table);
	assert_true(live_table_is_stopped(reader));
	live_table_close(reader);
	live_table_close(table);
}

static void the_latest_samples_are_kept(void **state)
{
	struct fixture *fixture = *state;
	struct live_table *table = create(fixture, 2, NULL, NULL);
	struct live_sample samples[LIVE_SAMPLES + 10];
	const size_t size = sizeof(samples) / sizeof(samples[0]);

	assert_int_equal(live_table_get_samples(table, 1, samples, size), 0);
	for (uint32_t i = 1; i <= 1000; i++) {
		struct live_usage usage = make_usage(i);
		size_t kept = i < LIVE_SAMPLES ? i : LIVE_SAMPLES;

		live_table_set_usage(table, 1, &usage);
		assert_int_equal(
			live_table_get_samples(table, 1, samples, size), kept);
		assert_int_equal(samples[0].rss_kib, i - kept + 1);
		assert_int_equal(samples[kept - 1].cpu_permille, i);
	}
	assert_int_equal(live_table_get_samples(table, 1, samples, 3), 3);
	assert_int_equal(samples[0].rss_kib, 998);
	assert_int_equal(live_table_get_samples(table, 0, samples, 3), 0);
	live_table_close(table);
}

static void a_new_table_keeps_what_it_takes_over(void **state)
{
	static const uint32_t slots[] = {5, UINT32_MAX, 0};
	struct fixture *fixture = *state;
	struct live_table *table = create(fixture, 3, NULL, NULL);
	struct live_table *reader = open_table(fixture);
	struct live_table *former, *grown;
	struct live_sample samples[LIVE_SAMPLES];
	struct live_worker worker;
	struct live_usage usage;
	struct error error;

	for (uint32_t i = 0; i < 3; i++) {
		worker = make_worker(i + 1);
		usage = make_usage(i + 1);
		live_table_set_worker(table, i, &worker);
		live_table_set_usage(table, i, &usage);
	}
	live_table_close(table);
	former = live_table_open_former(fixture->path, &error);
	assert_non_null(former);
	assert_false(live_table_is_superseded(reader));
	grown = create(fixture, 6, former, slots);
	assert_true(live_table_is_superseded(reader));
	assert_false(live_table_is_superseded(grown));
	live_table_close(former);
	live_table_close(reader);

	reader = open_table(fixture);
	assert_int_equal(live_table_capacity(reader), 6);
	assert_true(live_table_get_worker(reader, 5, &worker));
	assert_int_equal(worker.index, 1);
	assert_worker_is_whole(&worker);
	assert_true(live_table_get_usage(reader, 0, &usage));
	assert_int_equal(usage.threads, 3);
	assert_usage_is_whole(&usage);
	assert_int_equal(
		live_table_get_samples(reader, 0, samples, LIVE_SAMPLES), 1);
	assert_int_equal(samples[0].rss_kib, 3);
	assert_false(live_table_get_worker(reader, 1, &worker));
	live_table_close(reader);
	live_table_close(grown);
}

static void a_full_disk_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};
	struct rlimit before;
	struct live_table *table;
	struct error error;

	/* The bound of a file's size stands in for the disk. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	table = live_table_create(fixture->path, &shop, pools, 3, 1000, NULL,
				  NULL, &error);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_null(table);
	assert_non_null(strstr(error.text, "cannot allocate live table"));
	assert_int_equal(access(fixture->path, F_OK), -1);
}

static void refuse(const struct fixture *fixture, const char *reason)
{
	struct error error;

	assert_null(live_table_open(fixture->path, &error));
	assert_non_null(strstr(error.text, reason));
	assert_null(live_table_open_sampler(fixture->path, &error));
}

static void overwrite(const struct fixture *fixture, size_t offset,
		      const void *data, size_t size)
{
	int fd = open(fixture->path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, size, (off_t)offset), size);
	close(fd);
}

static void damaged_files_are_refused(void **state)
{
	static const uint32_t huge = UINT32_MAX, other_version = 99;
	struct fixture *fixture = *state;
	char junk[8192];

	refuse(fixture, "No such file");
	overwrite(fixture, 0, "", 1);
	refuse(fixture, "is no live table");
	memset(junk, 0xa5, sizeof(junk));
	overwrite(fixture, 0, junk, sizeof(junk));
	refuse(fixture, "is no live table");

	live_table_close(create(fixture, 10, NULL, NULL));
	assert_int_equal(truncate(fixture->path, LAYOUT_PAGE * 2), 0);
	refuse(fixture, "damaged");

	live_table_close(create(fixture, 10, NULL, NULL));
	overwrite(fixture, offsetof(struct layout_header, capacity), &huge,
		  sizeof(huge));
	refuse(fixture, "damaged");

	live_table_close(create(fixture, 10, NULL, NULL));
	overwrite(fixture, offsetof(struct layout_header, instance.name), junk,
		  sizeof(struct live_instance));
	refuse(fixture, "damaged");

	live_table_close(create(fixture, 10, NULL, NULL));
	overwrite(fixture, offsetof(struct layout_header, format.version),
		  &other_version, sizeof(other_version));
	refuse(fixture, "another version");
}

/* All bytes behind the header replaced by junk: reading it stays in bounds. */
static void junk_behind_a_good_header_is_harmless(void **state)
{
	struct fixture *fixture = *state;
	struct live_table *table = create(fixture, 10, NULL, NULL);
	struct live_sample samples[LIVE_SAMPLES];
	size_t size = layout_size(3, 10) - LAYOUT_PAGE;
	char *junk = malloc(size);

	assert_non_null(junk);
	srandom(1);
	for (size_t i = 0; i < size; i++)
		junk[i] = (char)random();
	overwrite(fixture, LAYOUT_PAGE, junk, size);
	for (uint32_t i = 0; i < 10; i++) {
		struct live_worker worker;
		struct live_usage usage;

		assert_false(live_table_get_worker(table, i, &worker));
		live_table_get_usage(table, i, &usage);
		live_table_get_samples(table, i, samples, LIVE_SAMPLES);
	}
	free(junk);
	live_table_close(table);
}

/* Publishes numbers until it is killed. */
static pid_t start_writer(const struct fixture *fixture)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct error error;
		struct live_table *table =
			live_table_open_sampler(fixture->path, &error);

		for (uint32_t i = 1; table; i++) {
			struct live_worker worker = make_worker(i);
			struct live_usage usage = make_usage(i);

			live_table_set_worker(table, 0, &worker);
			live_table_set_usage(table, 0, &usage);
		}
		_exit(1);
	}
	return pid;
}

static void read_whole(const struct live_table *table)
{
	struct live_worker worker;
	struct live_usage usage;
	struct live_sample samples[LIVE_SAMPLES];
	size_t count;

	assert_true(live_table_get_worker(table, 0, &worker));
	assert_worker_is_whole(&worker);
	assert_true(live_table_get_usage(table, 0, &usage));
	assert_usage_is_whole(&usage);
	count = live_table_get_samples(table, 0, samples, LIVE_SAMPLES);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(samples[i].cpu_permille, samples[i].rss_kib);
}

static void readers_never_see_half_a_record(void **state)
{
	enum { WRITERS = 20, READS = 5000 };
	struct fixture *fixture = *state;
	struct live_table *table = create(fixture, 1, NULL, NULL);
	struct live_table *reader = open_table(fixture);
	struct live_worker worker = make_worker(0);
	struct live_usage usage = make_usage(0);

	live_table_set_worker(table, 0, &worker);
	live_table_set_usage(table, 0, &usage);
	/* Each writer is killed wherever it is; the next one goes on. */
	for (int i = 0; i < WRITERS; i++) {
		pid_t writer = start_writer(fixture);

		for (int j = 0; j < READS; j++)
			read_whole(reader);
		assert_int_equal(kill(writer, SIGKILL), 0);
		assert_int_equal(waitpid(writer, NULL, 0), writer);
		read_whole(reader);
	}
	live_table_close(reader);
	live_table_close(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(what_is_written_is_read),
		TEST(the_latest_samples_are_kept),
		TEST(a_new_table_keeps_what_it_takes_over),
		TEST(a_full_disk_is_an_error),
		TEST(damaged_files_are_refused),
		TEST(junk_behind_a_good_header_is_harmless),
		TEST(readers_never_see_half_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
