/*
 * answer PORT COUNTER: an HTTP server that takes as little as it can. Answers
 * each request on loopback with 200 and counts them in the file COUNTER, one
 * 64-bit number, for benchmarks of those who ask.
 */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";

static int listen_on(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 4096) < 0) {
		perror("answer");
		exit(1);
	}
	return fd;
}

static void take(int loop, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
	}
}

/* A request is small: it comes in one piece. */
static void reply(int fd, volatile uint64_t *counter)
{
	char request[4096];

	if (read(fd, request, sizeof(request)) > 0 &&
	    write(fd, answer, sizeof(answer) - 1) > 0)
		++*counter;
	close(fd);
}

int main(int argc, char **argv)
{
	int loop = epoll_create1(0), listener, file;
	struct epoll_event event = {.events = EPOLLIN};
	volatile uint64_t *counter;

	if (argc != 3)
		return 2;
	listener = listen_on((uint16_t)strtoul(argv[1], NULL, 10));
	file = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || ftruncate(file, 8) < 0)
		return 1;
	counter = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (counter == MAP_FAILED)
		return 1;
	event.data.fd = listener;
	epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		struct epoll_event events[64];
		int count = epoll_wait(loop, events, 64, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == listener)
				take(loop, listener);
			else
				reply(events[i].data.fd, counter);
		}
	}
}
