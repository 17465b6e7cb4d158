#include "config.h"

#include "tui/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

void output_open(struct output *output)
{
	const char *name = ttyname(STDOUT_FILENO);

	*output = (struct output){.fd = -1};
	if (name)
		output->fd = open(name,
				  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (output->fd < 0) /* of another user: a blocking one must do */
		output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

void output_send(struct output *output)
{
	size_t sent = 0;

	while (sent < output->size) {
		ssize_t done = write(output->fd, output->bytes + sent,
				     output->size - sent);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno != EAGAIN)
			sent = output->size; /* it has gone; poll(2) tells */
		if (done <= 0)
			break;
		sent += (size_t)done;
	}
	if (sent > 0)
		memmove(output->bytes, output->bytes + sent,
			output->size - sent);
	output->size -= sent;
}

void output_add(struct output *output, const char *bytes, size_t size)
{
	if (output->size + size > output->capacity) {
		output->capacity = 2 * (output->size + size);
		output->bytes = realloc(output->bytes, output->capacity);
		assert(output->bytes);
	}
	if (size > 0)
		memcpy(output->bytes + output->size, bytes, size);
	output->size += size;
	output_send(output);
}

bool output_wait(struct output *output, int timeout_ms)
{
	enum { NS_PER_MS = 1000000 };
	int64_t end_ns = clock_monotonic_ns() + timeout_ms * (int64_t)NS_PER_MS;

	for (;;) {
		struct pollfd wait = {.fd = output->fd, .events = POLLOUT};
		int64_t left_ns = end_ns - clock_monotonic_ns();

		output_send(output);
		if (output->size == 0)
			return true;
		if (left_ns <= 0)
			return false;
		poll(&wait, 1, (int)(left_ns / NS_PER_MS) + 1);
	}
}

void output_close(struct output *output, int timeout_ms)
{
	output_wait(output, timeout_ms);
	close(output->fd);
	free(output->bytes);
	*output = (struct output){.fd = -1};
}
