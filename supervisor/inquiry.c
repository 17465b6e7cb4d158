#include "config.h"

#include "supervisor/inquiry.h"

#include "base/clock.h"
#include "supervisor/evidence.h"
#include "supervisor/stray.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The supervisor waits for one second at most. */
static const int64_t time_ns = INT64_C(500) * 1000 * 1000;

struct inquiry {
	struct inquiry *next;
	struct message request;
	int64_t at_us; /* when it began, since 1970 */
	int64_t until_ns; /* CLOCK_MONOTONIC */
	pid_t child; /* 0: it has not begun */
	int pipe; /* from the child */
	bool ended; /* the child has closed its end */
	bool done;
	char *text;
	size_t size;
};

void inquiries_add(struct inquiries *inquiries, const struct message *request)
{
	struct inquiry **link = &inquiries->first;
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));

	/* Nobody waits long for an answer. */
	if (!inquiry)
		return;
	while (*link)
		link = &(*link)->next;
	inquiry->request = *request;
	inquiry->pipe = -1;
	*link = inquiry;
}

/* In the child. */
static void inquire(int pipe, pid_t pid, pid_t parent)
{
	FILE *out = fdopen(pipe, "w");

	/* It is not to outlive its parent, which may have died by now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (out && getppid() == parent)
		evidence_write(out, pid);
	_exit(0);
}

static void begin(struct inquiry *inquiry)
{
	pid_t parent = getpid();
	int ends[2];

	inquiry->at_us = clock_real_us();
	inquiry->until_ns = clock_monotonic_ns() + time_ns;
	inquiry->text = malloc(EVIDENCE_MAX);
	inquiry->done = true;
	if (!inquiry->text || pipe2(ends, O_CLOEXEC) < 0)
		return;
	inquiry->child = fork();
	if (inquiry->child == 0)
		inquire(ends[1], (pid_t)inquiry->request.pid, parent);
	close(ends[1]);
	if (inquiry->child < 0) {
		close(ends[0]);
		return;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	inquiry->pipe = ends[0];
	inquiry->done = false;
}

static void read_on(struct inquiry *inquiry)
{
	ssize_t size = 1;

	while (size > 0 && inquiry->size < EVIDENCE_MAX) {
		size = read(inquiry->pipe, inquiry->text + inquiry->size,
			    EVIDENCE_MAX - inquiry->size);
		if (size > 0)
			inquiry->size += (size_t)size;
	}
	inquiry->ended = size == 0;
	inquiry->done = size == 0 || inquiry->size == EVIDENCE_MAX ||
			(size < 0 && errno != EAGAIN && errno != EINTR) ||
			clock_monotonic_ns() >= inquiry->until_ns;
}

static void store(struct inquiries *inquiries, const struct inquiry *inquiry)
{
	struct event_record event = {
		.kind = EVENT_EVIDENCE,
		.at_us = inquiry->at_us,
		.text = {inquiry->text, inquiry->size},
	};

	findings_store(inquiries->findings, &inquiry->request, &event);
}

static void answer(const struct inquiries *inquiries,
		   const struct message *request)
{
	struct message message = {
		.kind = MESSAGE_EVIDENCED,
		.run = request->run,
		.index = request->index,
	};
	struct stray process;

	memcpy(message.pool, request->pool, sizeof(message.pool));
	if (stray_read((pid_t)request->pid, &process) == 0)
		snprintf(message.text, sizeof(message.text), "%s(%d)",
			 process.name, (int)process.pid);
	message_send(inquiries->findings->helper->socket, &message);
}

static void drop(struct inquiry *inquiry)
{
	if (inquiry->pipe >= 0)
		close(inquiry->pipe);
	free(inquiry->text);
	free(inquiry);
}

/* Its time is over, or it has too much to say. It has not closed its end, so it
 * has not been reaped. */
static void cut_short(const struct inquiry *inquiry)
{
	if (inquiry->child > 0 && !inquiry->ended)
		kill(inquiry->child, SIGKILL);
}

void inquiries_go_on(struct inquiries *inquiries)
{
	struct inquiry **link = &inquiries->first;
	int running = 0;

	while (*link) {
		struct inquiry *inquiry = *link;

		if (inquiry->pipe >= 0)
			read_on(inquiry);
		else if (running < INQUIRIES_AT_ONCE)
			begin(inquiry);
		if (!inquiry->done) {
			running += inquiry->pipe >= 0;
			link = &inquiry->next;
			continue;
		}
		if (inquiry->size > 0)
			store(inquiries, inquiry);
		answer(inquiries, &inquiry->request);
		cut_short(inquiry);
		*link = inquiry->next;
		drop(inquiry);
	}
	/* One that is stuck in the kernel is reaped some other time. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

size_t inquiries_wait(const struct inquiries *inquiries,
		      struct pollfd wait[INQUIRIES_AT_ONCE], int *pause_ms)
{
	size_t count = 0;

	for (const struct inquiry *inquiry = inquiries->first;
	     inquiry && count < INQUIRIES_AT_ONCE; inquiry = inquiry->next) {
		int64_t left_ms =
			(inquiry->until_ns - clock_monotonic_ns()) / 1000000 +
			1;

		if (inquiry->pipe < 0)
			continue;
		wait[count++] = (struct pollfd){
			.fd = inquiry->pipe,
			.events = POLLIN,
		};
		if (left_ms < 0)
			left_ms = 0;
		if (*pause_ms < 0 || left_ms < *pause_ms)
			*pause_ms = (int)left_ms;
	}
	return count;
}

void inquiries_close(struct inquiries *inquiries)
{
	while (inquiries->first) {
		struct inquiry *next = inquiries->first->next;

		drop(inquiries->first);
		inquiries->first = next;
	}
}
