#include "config.h"

#include "supervisor/notification.h"

#include "base/escape.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No errno is as large. */
enum { ERRNO_MAX = 4095 };

/* Reads a whole number from 0 to `max`; -1 for anything else. */
static int64_t read_number(const char *value, int64_t max)
{
	long long number;
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return -1;
	errno = 0;
	number = strtoll(value, &end, 10);
	return errno == 0 && *end == '\0' && number <= max ? number : -1;
}

/* A time, which has to be in nanoseconds later. */
static int64_t read_microseconds(const char *value)
{
	return read_number(value, INT64_MAX / 1000);
}

static void read_status(const char *value, struct notification *notification)
{
	struct bytes rest = {value, strlen(value)};
	char *at = notification->status;
	char *end = at + NOTIFICATION_STATUS_SIZE;

	notification->flags |= NOTIFICATION_STATUS;
	while (rest.size > 0) {
		const char *text = rest.data;
		size_t length = escape_plain_length(rest);
		size_t room = length > 0 && *text != '\t' ? length : 4;

		if (at + room >= end)
			break;
		if (room == length)
			memcpy(at, text, length);
		else
			snprintf(at, 5, "\\x%02X", (unsigned char)*text);
		at += room;
		length = length > 0 ? length : 1;
		rest = (struct bytes){text + length, rest.size - length};
	}
	*at = '\0';
}

/* A name stands in LISTEN_FDNAMES, between colons. */
static void read_name(const char *value, struct notification *notification)
{
	size_t length = strlen(value);

	if (length >= NOTIFICATION_NAME_SIZE)
		return;
	for (size_t i = 0; i < length; i++)
		if (value[i] == ':' || value[i] < 0x20 || value[i] > 0x7e)
			return;
	memcpy(notification->fd_name, value, length + 1);
}

static void read_main_pid(const char *value, struct notification *notification)
{
	int64_t pid = read_number(value, INT32_MAX);

	if (pid > 1)
		notification->main_pid = (pid_t)pid;
}

static void read_watchdog_interval(const char *value,
				   struct notification *notification)
{
	notification->watchdog_us = read_microseconds(value);
}

static void read_extension(const char *value, struct notification *notification)
{
	notification->extend_us = read_microseconds(value);
}

static void read_monotonic(const char *value, struct notification *notification)
{
	notification->monotonic_us = read_microseconds(value);
}

static void read_errno(const char *value, struct notification *notification)
{
	int64_t number = read_number(value, ERRNO_MAX);

	if (number >= 0)
		notification->error_number = (int)number;
}

static void read_exit_status(const char *value,
			     struct notification *notification)
{
	notification->exit_status = (int)read_number(value, 255);
}

/* What a key means: a flag where it has just this value, or a function that
 * reads any. */
static const struct notification_key {
	const char *key;
	const char *value;
	unsigned flag;
	void (*read)(const char *value, struct notification *notification);
} keys[] = {
	{"READY", "1", NOTIFICATION_READY, NULL},
	{"RELOADING", "1", NOTIFICATION_RELOADING, NULL},
	{"STOPPING", "1", NOTIFICATION_STOPPING, NULL},
	{"WATCHDOG", "1", NOTIFICATION_WATCHDOG, NULL},
	{"WATCHDOG", "trigger", NOTIFICATION_TRIGGER, NULL},
	{"BARRIER", "1", NOTIFICATION_BARRIER, NULL},
	{"FDSTORE", "1", NOTIFICATION_FD_STORE, NULL},
	{"FDSTOREREMOVE", "1", NOTIFICATION_FD_REMOVE, NULL},
	{"FDPOLL", "0", NOTIFICATION_FD_KEEP, NULL},
	{"STATUS", NULL, 0, read_status},
	{"FDNAME", NULL, 0, read_name},
	{"MAINPID", NULL, 0, read_main_pid},
	{"MONOTONIC_USEC", NULL, 0, read_monotonic},
	{"WATCHDOG_USEC", NULL, 0, read_watchdog_interval},
	{"EXTEND_TIMEOUT_USEC", NULL, 0, read_extension},
	{"ERRNO", NULL, 0, read_errno},
	{"EXIT_STATUS", NULL, 0, read_exit_status},
};

static void read_line(char *line, struct notification *notification)
{
	char *value = strchr(line, '=');

	*value++ = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct notification_key *key = &keys[i];

		if (strcmp(key->key, line) != 0)
			continue;
		if (key->read)
			key->read(value, notification);
		else if (strcmp(key->value, value) == 0)
			notification->flags |= key->flag;
	}
}

bool notification_parse(const char *text, size_t size,
			struct notification *notification)
{
	char lines[NOTIFICATION_SIZE + 1];
	bool any = false;
	char *rest = lines;
	char *line;

	*notification = (struct notification){
		.monotonic_us = -1,
		.watchdog_us = -1,
		.extend_us = -1,
		.exit_status = -1,
	};
	/* Some send the end of their string too. */
	if (size > 0 && text[size - 1] == '\0')
		size--;
	if (size > NOTIFICATION_SIZE || memchr(text, '\0', size))
		return false;
	memcpy(lines, text, size);
	lines[size] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		if (!strchr(line, '='))
			continue;
		read_line(line, notification);
		any = true;
	}
	return any;
}
