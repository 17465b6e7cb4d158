#include "config.h"

#include "supervisor/message.h"

#include "base/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#define MEMBER(tag, name, type)                                   \
	{                                                         \
		tag, #name, type, offsetof(struct message, name), \
			sizeof(((struct message *)0)->name)       \
	}

static const struct field members[] = {
	MEMBER(1, kind, FIELD_UNSIGNED),
	MEMBER(2, run, FIELD_UNSIGNED),
	MEMBER(3, pool, FIELD_TEXT),
	MEMBER(4, index, FIELD_UNSIGNED),
	MEMBER(5, pair, FIELD_UNSIGNED),
	MEMBER(6, pid, FIELD_UNSIGNED),
	MEMBER(7, max_size, FIELD_UNSIGNED),
	MEMBER(8, keep, FIELD_UNSIGNED),
	MEMBER(9, tail, FIELD_UNSIGNED),
	MEMBER(10, cgroup, FIELD_TEXT),
	MEMBER(11, count, FIELD_UNSIGNED),
	MEMBER(12, text, FIELD_TEXT),
	MEMBER(13, format, FIELD_UNSIGNED),
	MEMBER(14, max_age_ns, FIELD_UNSIGNED),
	MEMBER(17, compress, FIELD_UNSIGNED),
	MEMBER(40, silence_ns, FIELD_UNSIGNED),
	MEMBER(41, pattern, FIELD_TEXT),
	MEMBER(15, cause, FIELD_UNSIGNED),
	MEMBER(16, value, FIELD_UNSIGNED),
	MEMBER(20, mask, FIELD_TEXT),
	MEMBER(21, former_mask, FIELD_TEXT),
	MEMBER(50, retention.events_s, FIELD_SIGNED),
	MEMBER(51, retention.runs_s, FIELD_SIGNED),
	MEMBER(52, retention.samples_s, FIELD_SIGNED),
	MEMBER(53, retention.minutes_s, FIELD_SIGNED),
	MEMBER(54, retention.hours_s, FIELD_SIGNED),
	MEMBER(55, retention.max_size_bytes, FIELD_SIGNED),
};
enum { MEMBER_COUNT = sizeof(members) / sizeof(members[0]) };

int message_send(int socket, const struct message *message)
{
	char packet[MESSAGE_SIZE];
	ssize_t size = fields_encode(members, MEMBER_COUNT, message, packet,
				     sizeof(packet));

	if (size < 0) {
		errno = EMSGSIZE;
		return -1;
	}
	return send(socket, packet, (size_t)size,
		    MSG_DONTWAIT | MSG_NOSIGNAL) == size
		       ? 0
		       : -1;
}

int message_receive(int socket, struct message *message)
{
	char packet[MESSAGE_SIZE];
	ssize_t size;

	do
		size = recv(socket, packet, sizeof(packet), 0);
	while (size < 0 && errno == EINTR);
	if (size <= 0)
		return (int)size;
	if (fields_decode(members, MEMBER_COUNT, message, packet,
			  (size_t)size) < 0 ||
	    message->kind == 0) {
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

void message_fifo_path(char path[600], const char *runtime, const char *pool,
		       uint64_t index, uint64_t pair, int stream)
{
	snprintf(path, 600, "%s/fifo/%s.%" PRIu64 ".%" PRIu64 ".%s", runtime,
		 pool, index, pair, stream == 2 ? "err" : "out");
}
