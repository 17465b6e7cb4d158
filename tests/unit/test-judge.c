#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "supervisor/judge.h"

/* The sampler's judgement, on made-up measurements at made-up times. */

#define SECOND INT64_C(1000000000)

struct fixture {
	struct live_pool pool;
	struct live_usage former;
	struct verdict verdicts[VERDICTS_MAX];
};

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.pool.bounds[GAUGE_MEMORY] = (struct live_bound){
		.set = true,
		.restart = true,
		.over = 400 << 20,
		.for_ns = 30 * SECOND,
	};
	*state = &fixture;
	return 0;
}

/* Judges a measurement at that time; the next one is compared with it. */
static size_t measure(struct fixture *fixture, int64_t at_s,
		      struct live_usage usage)
{
	size_t count;

	usage.sampled_mono_ns = 1000 * SECOND + at_s * SECOND;
	count = judge(&fixture->pool, &fixture->former, &usage,
		      fixture->verdicts);
	/* As the sampler does for each that it could pass on. */
	for (size_t i = 0; i < count; i++)
		verdict_told(&fixture->verdicts[i], &usage);
	fixture->former = usage;
	return count;
}

static size_t measure_memory(struct fixture *fixture, int64_t at_s,
			     uint64_t run, uint64_t mib)
{
	return measure(fixture, at_s,
		       (struct live_usage){.run = run, .rss_bytes = mib << 20});
}

static void what_is_over_for_so_long_is_told(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(measure_memory(fixture, 0, 7, 390), 0);
	assert_int_equal(measure_memory(fixture, 1, 7, 401), 0);
	assert_int_equal(measure_memory(fixture, 30, 7, 405), 0);
	assert_int_equal(measure_memory(fixture, 31, 7, 412), 1);
	assert_int_equal(fixture->verdicts[0].cause, CAUSE_MEMORY);
	assert_int_equal(fixture->verdicts[0].run, 7);
	assert_int_equal(fixture->verdicts[0].value, 412 << 20);
	assert_string_equal(fixture->verdicts[0].text,
			    "memory 412M over 400M for 30s");
	/* Again, until somebody has ended it. */
	assert_int_equal(measure_memory(fixture, 32, 7, 412), 1);
}

static void a_bound_itself_is_not_over(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(measure_memory(fixture, 0, 7, 400), 0);
	assert_int_equal(measure_memory(fixture, 60, 7, 400), 0);
}

static void below_it_the_time_begins_anew(void **state)
{
	struct fixture *fixture = *state;

	measure_memory(fixture, 0, 7, 500);
	measure_memory(fixture, 29, 7, 500);
	measure_memory(fixture, 30, 7, 100);
	assert_int_equal(measure_memory(fixture, 31, 7, 500), 0);
	assert_int_equal(measure_memory(fixture, 60, 7, 500), 0);
	assert_int_equal(measure_memory(fixture, 61, 7, 500), 1);
}

static void a_new_run_begins_anew(void **state)
{
	struct fixture *fixture = *state;

	measure_memory(fixture, 0, 7, 500);
	assert_int_equal(measure_memory(fixture, 40, 8, 500), 0);
	assert_int_equal(measure_memory(fixture, 69, 8, 500), 0);
	assert_int_equal(measure_memory(fixture, 70, 8, 500), 1);
	assert_int_equal(fixture->verdicts[0].run, 8);
}

static void a_bound_without_action_is_told_once_until_below(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.bounds[GAUGE_MEMORY].restart = false;
	measure_memory(fixture, 0, 7, 500);
	assert_int_equal(measure_memory(fixture, 30, 7, 500), 1);
	assert_int_equal(measure_memory(fixture, 31, 7, 600), 0);
	assert_int_equal(measure_memory(fixture, 90, 7, 600), 0);
	assert_int_equal(measure_memory(fixture, 91, 7, 300), 0);
	assert_int_equal(measure_memory(fixture, 92, 7, 500), 0);
	assert_int_equal(measure_memory(fixture, 122, 7, 500), 1);
	/* Another run has not been told of. */
	assert_int_equal(measure_memory(fixture, 123, 8, 500), 0);
	assert_int_equal(measure_memory(fixture, 153, 8, 500), 1);
}

static void what_could_not_be_told_is_told_again(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.bounds[GAUGE_MEMORY].restart = false;
	measure_memory(fixture, 0, 7, 500);
	assert_int_equal(measure_memory(fixture, 30, 7, 500), 1);
	fixture->former.told = 0;
	assert_int_equal(measure_memory(fixture, 31, 7, 500), 1);
}

static void without_time_the_first_measurement_counts(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.bounds[GAUGE_ZOMBIES] = (struct live_bound){
		.set = true,
		.restart = true,
	};
	assert_int_equal(measure(fixture, 0, (struct live_usage){.run = 7}), 0);
	assert_int_equal(measure(fixture, 1,
				 (struct live_usage){.run = 7, .zombies = 3}),
			 1);
	assert_string_equal(fixture->verdicts[0].text, "zombies 3 over 0");
}

static void each_gauge_has_its_own_time(void **state)
{
	static const char *const texts[] = {
		[GAUGE_MEMORY] = "memory 500M over 400M for 30s",
		[GAUGE_CPU] = "cpu 99.5% over 90% for 20s",
		[GAUGE_OPEN_FILES] = "open files 6 over 5 for 20s",
		[GAUGE_THREADS] = "threads 9 over 5 for 20s",
	};
	struct fixture *fixture = *state;
	const struct live_usage heavy = {
		.run = 7,
		.rss_bytes = 500 << 20,
		.cpu_permille = 995,
		.open_files = 6,
		.threads = 9,
	};

	for (int gauge = GAUGE_CPU; gauge < GAUGE_COUNT; gauge++)
		fixture->pool.bounds[gauge] = (struct live_bound){
			.set = gauge != GAUGE_ZOMBIES,
			.restart = true,
			.over = gauge == GAUGE_CPU ? 900 : 5,
			.for_ns = 20 * SECOND,
		};
	measure_memory(fixture, 0, 7, 500);
	measure(fixture, 10, heavy);
	assert_int_equal(measure(fixture, 29, heavy), 0);
	assert_int_equal(measure(fixture, 30, heavy), 4);
	for (int i = 0; i < 4; i++)
		assert_string_equal(
			fixture->verdicts[i].text,
			texts[gauge_of_cause(fixture->verdicts[i].cause)]);
}

static struct live_usage progress(int64_t cpu_ms, uint64_t io, uint64_t written)
{
	return (struct live_usage){
		.run = 7,
		.io_known = true,
		.cpu_ns = (uint64_t)cpu_ms * 1000000,
		.io_bytes = io,
		.written_bytes = written,
	};
}

static void nothing_at_all_is_no_progress(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.progress_ns = 10 * SECOND;
	assert_int_equal(measure(fixture, 0, progress(10, 50, 20)), 0);
	assert_int_equal(measure(fixture, 9, progress(10, 50, 20)), 0);
	assert_int_equal(measure(fixture, 10, progress(10, 50, 20)), 1);
	assert_int_equal(fixture->verdicts[0].cause, CAUSE_UNHEALTHY);
	assert_string_equal(fixture->verdicts[0].text,
			    "no CPU time and no I/O for 10s");
	/* Some input, or some CPU time, is progress, which is told once. */
	assert_int_equal(measure(fixture, 11, progress(10, 51, 20)), 1);
	assert_int_equal(fixture->verdicts[0].cause, CAUSE_UNHEALTHY);
	assert_string_equal(fixture->verdicts[0].text, "");
	assert_int_equal(measure(fixture, 20, progress(10, 51, 20)), 0);
	assert_int_equal(measure(fixture, 21, progress(20, 51, 20)), 0);
	assert_int_equal(measure(fixture, 30, progress(20, 51, 20)), 0);
	assert_int_equal(measure(fixture, 31, progress(20, 51, 20)), 1);
}

static void all_of_a_cpu_without_output_is_no_progress(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage = progress(0, 0, 0);

	fixture->pool.progress_ns = 10 * SECOND;
	usage.cpu_permille = 1000;
	for (int64_t at_s = 0; at_s < 10; at_s++) {
		usage.cpu_ns += SECOND;
		usage.io_bytes++; /* it reads */
		assert_int_equal(measure(fixture, at_s, usage), 0);
	}
	usage.cpu_ns += SECOND;
	assert_int_equal(measure(fixture, 10, usage), 1);
	assert_string_equal(fixture->verdicts[0].text,
			    "all of a CPU and no output for 10s");
	usage.written_bytes++;
	assert_int_equal(measure(fixture, 11, usage), 1);
	assert_string_equal(fixture->verdicts[0].text, "");
	usage.cpu_permille = 300;
	usage.cpu_ns += SECOND;
	assert_int_equal(measure(fixture, 21, usage), 0);
}

/* Where others leave it only a part of the CPU that it wants. */
static void a_thread_that_wants_all_of_a_cpu_makes_no_progress(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage = progress(0, 0, 0);

	fixture->pool.progress_ns = 10 * SECOND;
	usage.cpu_permille = 300;
	for (int64_t at_s = 0; at_s < 10; at_s++) {
		usage.cpu_ns += SECOND / 3;
		usage.busy.lasts = at_s > 0;
		assert_int_equal(measure(fixture, at_s, usage), 0);
	}
	usage.cpu_ns += SECOND / 3;
	assert_int_equal(measure(fixture, 10, usage), 1);
	assert_string_equal(fixture->verdicts[0].text,
			    "all of a CPU and no output for 10s");
	usage.busy.lasts = false;
	usage.cpu_ns += SECOND / 3;
	assert_int_equal(measure(fixture, 11, usage), 1);
	assert_string_equal(fixture->verdicts[0].text, "");
}

static void idleness_ends_with_each_connection(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage = progress(10, 50, 20);

	fixture->pool.idle_ns = 10 * SECOND;
	assert_int_equal(measure(fixture, 0, usage), 0);
	assert_int_equal(measure(fixture, 9, usage), 0);
	/* Too light a load for CPU time to be seen, but a load. */
	usage.connected = true;
	assert_int_equal(measure(fixture, 10, usage), 0);
	usage.connected = false;
	assert_int_equal(measure(fixture, 11, usage), 0);
	assert_int_equal(measure(fixture, 20, usage), 0);
	assert_int_equal(measure(fixture, 21, usage), 1);
	assert_int_equal(fixture->verdicts[0].cause, CAUSE_SCALED);
	assert_string_equal(fixture->verdicts[0].text, "idle for 10s");
}

static void unknown_io_is_no_lack_of_progress(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage = progress(10, 0, 0);

	usage.io_known = false;
	fixture->pool.progress_ns = 10 * SECOND;
	assert_int_equal(measure(fixture, 0, usage), 0);
	assert_int_equal(measure(fixture, 60, usage), 0);
}

static void what_is_not_watched_is_not_told(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage = progress(10, 0, 0);

	usage.zombies = 100;
	usage.threads = 100;
	usage.cpu_permille = 1000;
	assert_int_equal(measure(fixture, 0, usage), 0);
	assert_int_equal(measure(fixture, 3600, usage), 0);
}

/* Measurements carry the machine's clock too, for display. */
static void steps_of_the_clock_do_not_count(void **state)
{
	static const int64_t day_us = INT64_C(24) * 3600 * 1000000;
	struct fixture *fixture = *state;
	struct live_usage usage = {.run = 7, .rss_bytes = 500 << 20};

	usage.sampled_at_us = 1000 * day_us;
	assert_int_equal(measure(fixture, 0, usage), 0);
	usage.sampled_at_us += day_us;
	assert_int_equal(measure(fixture, 1, usage), 0);
	usage.sampled_at_us -= 2 * day_us;
	assert_int_equal(measure(fixture, 29, usage), 0);
	usage.sampled_at_us -= day_us;
	assert_int_equal(measure(fixture, 30, usage), 1);
	assert_string_equal(fixture->verdicts[0].text,
			    "memory 500M over 400M for 30s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup(function, set_up)
		TEST(what_is_over_for_so_long_is_told),
		TEST(a_bound_itself_is_not_over),
		TEST(below_it_the_time_begins_anew),
		TEST(a_new_run_begins_anew),
		TEST(a_bound_without_action_is_told_once_until_below),
		TEST(what_could_not_be_told_is_told_again),
		TEST(without_time_the_first_measurement_counts),
		TEST(each_gauge_has_its_own_time),
		TEST(nothing_at_all_is_no_progress),
		TEST(a_thread_that_wants_all_of_a_cpu_makes_no_progress),
		TEST(idleness_ends_with_each_connection),
		TEST(all_of_a_cpu_without_output_is_no_progress),
		TEST(unknown_io_is_no_lack_of_progress),
		TEST(what_is_not_watched_is_not_told),
		TEST(steps_of_the_clock_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
