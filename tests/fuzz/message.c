/*
 * Fuzzes what a helper takes from its socket: any packet is a message or is
 * refused, and a message that was taken can be sent on.
 * Sources: supervisor/message.c
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message;
	int pair[2];

	if (size == 0 || size > MESSAGE_SIZE)
		return 0;
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) ==
	       0);
	assert(send(pair[0], data, size, 0) == (ssize_t)size);
	if (message_receive(pair[1], &message) == 1) {
		assert(message_send(pair[0], &message) == 0);
		assert(message_receive(pair[1], &message) == 1);
	}
	close(pair[0]);
	close(pair[1]);
	return 0;
}
