/*
 * beat INTERVAL_MS: a worker that says READY=1 and then WATCHDOG=1 once in each
 * interval, by one socket that it keeps.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	long interval_ms = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	const struct timespec pause = {interval_ms / 1000,
				       interval_ms % 1000 * 1000000};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (interval_ms <= 0 || !path ||
	    strlen(path) >= sizeof(address.sun_path)) {
		fputs("usage: beat INTERVAL_MS, with NOTIFY_SOCKET\n", stderr);
		return 2;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) <
		    0 ||
	    send(fd, "READY=1", 7, 0) < 0)
		return 1;
	while (send(fd, "WATCHDOG=1", 10, 0) == 10)
		nanosleep(&pause, NULL);
	return 1;
}
