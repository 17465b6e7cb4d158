/*
 * Fuzzes what is read after a crash: gdb's answer becomes frames or nothing,
 * any core_pattern a place, and any output a sign of bounded length.
 * Sources: supervisor/backtrace.c supervisor/core-pattern.c store/fingerprint.c
 */
#include "config.h"

#include <assert.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/fingerprint.h"
#include "supervisor/backtrace.h"
#include "supervisor/core-pattern.h"

static void check_pattern(const char *pattern)
{
	const struct core_process process = {
		.pid = 4711,
		.signal = SIGSEGV,
		.directory = "/srv/shop",
	};
	char text[CORE_TEXT_SIZE];

	if (core_pattern_read(pattern, true, &process, text) != CORE_NOWHERE)
		assert(text[0] && strlen(text) < sizeof(text));
}

static void check_sign(const char *tail, const char *frames)
{
	char sign[SIGN_SIZE];
	char again[SIGN_SIZE];

	fingerprint(tail, true, frames, sign);
	assert(strlen(sign) < sizeof(sign) && !strchr(sign, '\n'));
	fingerprint(tail, true, frames, again);
	assert(strcmp(sign, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *frames = backtrace_clean((const char *)data, size);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (frames)
		assert(frames[0] == '#');
	check_pattern(text);
	check_sign(text, frames);
	check_sign(NULL, text);
	free(frames);
	free(text);
	return 0;
}
