#ifndef SUPERVISOR_NOTIFICATION_H
#define SUPERVISOR_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * One message of the protocol of sd_notify(3), as a run sends it: lines
 * KEY=VALUE. Keys that are not known here are skipped, and so are values that
 * make no sense; of a key that is given twice the last one counts.
 */

enum notification_flag {
	NOTIFICATION_READY = 1 << 0,
	NOTIFICATION_RELOADING = 1 << 1,
	NOTIFICATION_STOPPING = 1 << 2,
	NOTIFICATION_WATCHDOG = 1 << 3,
	NOTIFICATION_TRIGGER = 1 << 4, /* WATCHDOG=trigger */
	NOTIFICATION_BARRIER = 1 << 5,
	NOTIFICATION_FD_STORE = 1 << 6,
	NOTIFICATION_FD_REMOVE = 1 << 7,
	NOTIFICATION_FD_KEEP = 1 << 8, /* FDPOLL=0 */
	NOTIFICATION_STATUS = 1 << 9, /* STATUS=, also an empty one */
};

enum {
	/* A message that is longer is refused as a whole. */
	NOTIFICATION_SIZE = 4096,
	/* Of a status, as it is shown; with its end. */
	NOTIFICATION_STATUS_SIZE = 80,
	/* The name of a stored descriptor, sd_pid_notify_with_fds(3). */
	NOTIFICATION_NAME_SIZE = 256,
};

struct notification {
	unsigned flags; /* enum notification_flag */
	/* The text of STATUS=, its first line: what is no UTF-8 or a control
	 * character is escaped as \xNN; cut to fit. */
	char status[NOTIFICATION_STATUS_SIZE];
	char fd_name[NOTIFICATION_NAME_SIZE]; /* "" where there is none */
	pid_t main_pid; /* 0: none */
	int64_t monotonic_us; /* -1: none; so are the two below */
	int64_t watchdog_us;
	int64_t extend_us;
	int error_number; /* ERRNO=; 0: none */
	int exit_status; /* EXIT_STATUS=; -1: none */
};

/* Reads a message. Returns false for what is none: no line with a "=", or a
 * NUL before its end. */
bool notification_parse(const char *text, size_t size,
			struct notification *notification);

#endif
