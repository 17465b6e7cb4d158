#include "config.h"

#include "base/ending.h"
#include "base/signals.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Whether a program gets `signal` by its own fault, as a rule. */
static bool is_fault(int signal)
{
	static const int faults[] = {SIGSEGV, SIGABRT, SIGBUS,	SIGFPE,
				     SIGILL,  SIGSYS,  SIGTRAP, SIGSTKFLT};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (signal == faults[i])
			return true;
	}
	return false;
}

/* What the process itself shows: an exit code or a signal. */
static void describe_status(const struct ending *ending,
			    char text[ENDING_TEXT_SIZE])
{
	char signal[SIGNAL_TEXT_SIZE];

	if (!ending->signal) {
		snprintf(text, ENDING_TEXT_SIZE, "exited with code %d",
			 ending->code);
		return;
	}
	signal_format(ending->signal, signal);
	snprintf(text, ENDING_TEXT_SIZE, "%s by %s%s",
		 is_fault(ending->signal) ? "crashed" : "killed", signal,
		 ending->core ? ", core dumped" : "");
}

/* What reeve ended the run for; NULL where the status says it all. */
static const char *reason(enum end_cause cause)
{
	static const char *const reasons[END_CAUSE_COUNT] = {
		[CAUSE_STOPPED] = "stopped",
		[CAUSE_RESTARTED] = "restarted",
		[CAUSE_RELOAD] = "stopped by a reload",
		[CAUSE_SCALED] = "stopped by scaling",
		[CAUSE_UNHEALTHY] = "unhealthy",
		[CAUSE_MEMORY] = "too much memory",
		[CAUSE_CPU] = "too much CPU",
		[CAUSE_ZOMBIES] = "too many zombies",
		[CAUSE_OPEN_FILES] = "too many open files",
		[CAUSE_THREADS] = "too many threads",
		[CAUSE_LIFETIME] = "end of its lifetime",
		[CAUSE_OOM] = "out of memory",
		[CAUSE_START_TIMEOUT] = "not ready in time",
		[CAUSE_JOB_TIMEOUT] = "job took too long",
		[CAUSE_CANCELLED] = "cancelled",
		[CAUSE_LOST] = "lost, nobody saw how it ended",
	};

	return (unsigned)cause < END_CAUSE_COUNT ? reasons[cause] : NULL;
}

void ending_describe_failure(const struct ending *ending,
			     char text[ENDING_TEXT_SIZE])
{
	const char *object = ending->object ? ending->object : "";

	snprintf(text, ENDING_TEXT_SIZE, "%s%s%s: %s",
		 ending->step ? ending->step : "", *object ? " " : "", object,
		 strerror(ending->error_number));
}

void ending_describe(const struct ending *ending, char text[ENDING_TEXT_SIZE])
{
	const char *why = reason(ending->cause);

	if (ending->cause == CAUSE_NONE) {
		text[0] = '\0';
	} else if (ending->cause == CAUSE_NOT_STARTED) {
		char failure[ENDING_TEXT_SIZE];

		ending_describe_failure(ending, failure);
		snprintf(text, ENDING_TEXT_SIZE, "not started: %.*s",
			 ENDING_TEXT_SIZE - 16, failure);
	} else if (!why) {
		describe_status(ending, text);
	} else {
		/* SIGKILL is worth a word: the stop signal was not enough. */
		snprintf(text, ENDING_TEXT_SIZE, "%s%s", why,
			 ending->signal == SIGKILL ? ", killed by SIGKILL"
						   : "");
	}
}
