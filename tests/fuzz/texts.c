/*
 * Fuzzes the parsers of short texts: what they take, they write so that it
 * reads back as the same.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/cpulist.h"
#include "base/duration.h"
#include "base/moment.h"
#include "base/signals.h"
#include "base/size.h"

static void check_duration(const char *text)
{
	char written[DURATION_TEXT_SIZE];
	int64_t ns;
	int64_t again;

	if (duration_parse(text, &ns) < 0)
		return;
	assert(ns >= 0);
	duration_format_short(ns, written);
	duration_format(ns, written);
	/* Parts of a millisecond are not written. */
	assert(duration_parse(written, &again) == 0 && again <= ns);
}

static void check_size(const char *text)
{
	char written[SIZE_TEXT_SIZE];
	int64_t bytes;
	int64_t again;

	if (size_parse(text, &bytes) < 0)
		return;
	assert(bytes >= 0);
	size_format_short(bytes, written);
	size_format(bytes, written);
	assert(size_parse(written, &again) == 0 && again == bytes);
}

static void check_cpulist(const char *text)
{
	char written[CPULIST_TEXT_SIZE];
	cpu_set_t set;
	cpu_set_t again;

	if (cpulist_parse(text, &set) < 0)
		return;
	cpulist_format(&set, written);
	if (!strstr(written, "…"))
		assert(cpulist_parse(written, &again) == 0 &&
		       CPU_EQUAL(&set, &again));
}

static void check_signal(const char *text)
{
	char written[SIGNAL_TEXT_SIZE];
	int number = signal_parse(text);

	if (number < 0)
		return;
	signal_format(number, written);
	assert(signal_parse(written) == number);
}

static void check_moment(const char *text)
{
	const int64_t now_us = INT64_C(1795000000) * 1000000;
	int64_t at_us;
	int64_t again_us;

	if (moment_parse(text, now_us, &at_us) == 0)
		assert(moment_parse(text, now_us, &again_us) == 0 &&
		       at_us == again_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_duration(text);
	check_size(text);
	check_cpulist(text);
	check_signal(text);
	check_moment(text);
	return 0;
}
