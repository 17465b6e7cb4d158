/*
 * Fuzzes the reader of what runs tell by their notify sockets: any bytes are a
 * message or none, and what was taken keeps its bounds.
 * Sources: supervisor/notification.c
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "supervisor/notification.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notification notification;

	if (!notification_parse((const char *)data, size, &notification))
		return 0;
	assert(strlen(notification.status) < NOTIFICATION_STATUS_SIZE);
	assert(!strpbrk(notification.status, "\n\t\x1b\x7f"));
	assert(strlen(notification.fd_name) < NOTIFICATION_NAME_SIZE);
	assert(!strchr(notification.fd_name, ':'));
	assert(notification.main_pid == 0 || notification.main_pid > 1);
	assert(notification.exit_status >= -1 &&
	       notification.exit_status <= 255);
	assert(notification.error_number >= 0);
	return 0;
}
