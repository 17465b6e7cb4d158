#ifndef TESTS_TOOLS_RECORDED_H
#define TESTS_TOOLS_RECORDED_H

#include "base/error.h"

#include <stdint.h>

/*
 * An instance as it was at one moment, the same each time it is made: its live
 * table, its history and its logs, with a worker in every state and ends of
 * many kinds. Frames of the dashboard are drawn over it.
 */

/* That moment: 2026-03-14 14:02:31.250 UTC. */
#define RECORDED_NOW_US (INT64_C(1773496951250) * 1000)

/* A moment so many seconds, also 0.5, before it. */
#define AGO_US(seconds) (RECORDED_NOW_US - (int64_t)((seconds)*1e6))

/* Of CLOCK_MONOTONIC then. */
#define RECORDED_MONO_NS (INT64_C(2000000) * 1000000000)

#define RECORDED_LIVE "live"
#define RECORDED_STATE "state"

/* Makes them below the working folder: RECORDED_LIVE, and in RECORDED_STATE
 * the history and the logs. Ends the program where it cannot. */
void recorded_make(void);

/* Its parts. */
void recorded_make_table(void);
void recorded_make_history(void);
void recorded_make_logs(void);

/* Ends the program with the reason, where `result` is not 0. */
void recorded_check(int result, const struct error *error);

#endif
