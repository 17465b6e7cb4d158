#include "config.h"

#include "supervisor/autopsy.h"

#include "base/clock.h"
#include "store/event.h"
#include "supervisor/autopsy-child.h"
#include "supervisor/backtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a child may have to say. */
enum { ANSWER_MAX = 128 * 1024 };

/* How long it may take to find a core, and then a backtrace. */
static const int64_t find_ns = INT64_C(5) * 1000000000;
static const int64_t trace_ns = INT64_C(60) * 1000000000;
/* So long the backtrace of one crash stands for others of its kind. */
static const int64_t kind_ns = INT64_C(60) * 1000000000;
/* So long after one that told nothing. */
static const int64_t retry_ns = INT64_C(1) * 1000000000;

enum autopsy_step {
	AUTOPSY_NOT_BEGUN,
	AUTOPSY_FINDING, /* the child looks for the core */
	AUTOPSY_WAITING, /* it has found it, and waits for its turn */
	AUTOPSY_TRACING, /* it is gdb */
	AUTOPSY_DONE,
};

struct autopsy {
	struct autopsy *next;
	struct message request;
	enum autopsy_step step;
	pid_t child; /* 0: none; it leads a process group */
	int socket; /* to the child; -1: none */
	bool ended; /* the child has closed its end, and may be reaped */
	int64_t until_ns; /* CLOCK_MONOTONIC; in FINDING and TRACING */
	char *answer;
	size_t size;
	size_t place_size; /* of the answer, where the core lies: with its end
			    */
};

void autopsies_add(struct autopsies *autopsies, const struct message *request)
{
	struct autopsy **link = &autopsies->first;
	struct autopsy *autopsy;
	int count = 0;

	for (; *link; link = &(*link)->next)
		count++;
	autopsy = count < AUTOPSIES_WAITING_MAX ? calloc(1, sizeof(*autopsy))
						: NULL;
	if (!autopsy) {
		autopsies->dropped++;
		autopsies->last_dropped = *request;
		return;
	}
	autopsy->request = *request;
	autopsy->socket = -1;
	*link = autopsy;
}

/* ---- the child ---- */

static void begin(struct autopsy *autopsy)
{
	const pid_t parent = getpid();
	int ends[2];

	autopsy->step = AUTOPSY_DONE;
	autopsy->answer = malloc(ANSWER_MAX);
	if (!autopsy->answer ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	autopsy->child = fork();
	if (autopsy->child == 0)
		autopsy_child_run(&autopsy->request, ends[1], parent);
	close(ends[1]);
	if (autopsy->child < 0) {
		close(ends[0]);
		return;
	}
	/* Here too, so that it is so when it is killed. */
	setpgid(autopsy->child, autopsy->child);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	autopsy->socket = ends[0];
	autopsy->step = AUTOPSY_FINDING;
	autopsy->until_ns = clock_monotonic_ns() + find_ns;
}

/* Reads what is there. Returns whether there may be more to come. */
static bool read_on(struct autopsy *autopsy)
{
	ssize_t size = 1;

	while (size > 0 && autopsy->size < ANSWER_MAX) {
		size = read(autopsy->socket, autopsy->answer + autopsy->size,
			    ANSWER_MAX - autopsy->size);
		if (size > 0)
			autopsy->size += (size_t)size;
	}
	autopsy->ended = size == 0 && autopsy->size < ANSWER_MAX;
	return size < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Ends the child and all that it has started. */
static void end(struct autopsy *autopsy)
{
	if (autopsy->socket < 0)
		return;
	/* Reaped by inquiries_go_on(), it may be somebody else by now. */
	if (!autopsy->ended)
		kill(-autopsy->child, SIGKILL);
	close(autopsy->socket);
	autopsy->socket = -1;
}

/* ---- what was found ---- */

static size_t count_step(const struct autopsies *autopsies,
			 enum autopsy_step step)
{
	size_t count = 0;

	for (const struct autopsy *autopsy = autopsies->first; autopsy;
	     autopsy = autopsy->next)
		count += autopsy->step == step;
	return count;
}

static void store(struct autopsies *autopsies, const struct message *request,
		  uint64_t kind, const char *text, size_t size)
{
	struct event_record event = {
		.kind = kind,
		.at_us = clock_real_us(),
		.text = {text, size},
	};

	findings_store(autopsies->findings, request, &event);
}

/* Says how many were dropped, when the others have begun. */
static void tell_dropped(struct autopsies *autopsies)
{
	char text[160];

	if (autopsies->dropped == 0 ||
	    count_step(autopsies, AUTOPSY_NOT_BEGUN) > 0)
		return;
	snprintf(text, sizeof(text),
		 "too many crashed at once: nobody looked for the core of run "
		 "%" PRIu64 ", nor for those of %" PRIu64 " others",
		 autopsies->last_dropped.run, autopsies->dropped - 1);
	store(autopsies, &autopsies->last_dropped, EVENT_WARNING, text,
	      strlen(text));
	autopsies->dropped = 0;
}

static void take_place(struct autopsies *autopsies, struct autopsy *autopsy)
{
	const char *end = memchr(autopsy->answer, '\0', autopsy->size);

	if (!end)
		return;
	autopsy->place_size = (size_t)(end - autopsy->answer) + 1;
	store(autopsies, &autopsy->request, EVENT_CORE, autopsy->answer,
	      autopsy->place_size - 1);
	autopsy->step = AUTOPSY_WAITING;
}

/* Whether a crash of this kind has its turn now; it is remembered then, in the
 * place of the one that was longest ago. */
static bool is_kind_due(struct autopsies *autopsies,
			const struct message *request)
{
	const int64_t now_ns = clock_monotonic_ns();
	size_t oldest = 0;

	for (size_t i = 0; i < AUTOPSY_KINDS; i++) {
		if (autopsies->kinds[i].signal == request->value &&
		    strcmp(autopsies->kinds[i].pool, request->pool) == 0) {
			if (now_ns - autopsies->kinds[i].at_ns < kind_ns)
				return false;
			oldest = i;
			break;
		}
		if (autopsies->kinds[i].at_ns < autopsies->kinds[oldest].at_ns)
			oldest = i;
	}
	memcpy(autopsies->kinds[oldest].pool, request->pool, NAME_SIZE);
	autopsies->kinds[oldest].signal = request->value;
	autopsies->kinds[oldest].at_ns = now_ns;
	return true;
}

/* gdb has read nothing, as where the next core was written over this one
 * meanwhile: another crash of the kind has its turn soon. */
static void try_again(struct autopsies *autopsies,
		      const struct message *request)
{
	for (size_t i = 0; i < AUTOPSY_KINDS; i++)
		if (autopsies->kinds[i].signal == request->value &&
		    strcmp(autopsies->kinds[i].pool, request->pool) == 0)
			autopsies->kinds[i].at_ns =
				clock_monotonic_ns() - kind_ns + retry_ns;
}

static void take_backtrace(struct autopsies *autopsies,
			   const struct autopsy *autopsy)
{
	char *frames = backtrace_clean(autopsy->answer + autopsy->place_size,
				       autopsy->size - autopsy->place_size);

	if (frames)
		store(autopsies, &autopsy->request, EVENT_BACKTRACE, frames,
		      strlen(frames));
	else
		try_again(autopsies, &autopsy->request);
	free(frames);
}

/* Its turn: the child waits for a byte. */
static void trace(struct autopsies *autopsies, struct autopsy *autopsy)
{
	autopsy->step = AUTOPSY_DONE;
	if (!is_kind_due(autopsies, &autopsy->request) ||
	    send(autopsy->socket, "", 1, MSG_NOSIGNAL) != 1)
		return;
	autopsy->step = AUTOPSY_TRACING;
	autopsy->until_ns = clock_monotonic_ns() + trace_ns;
}

static void look_at(struct autopsies *autopsies, struct autopsy *autopsy)
{
	const bool more = read_on(autopsy);

	if (autopsy->step == AUTOPSY_FINDING)
		take_place(autopsies, autopsy);
	if (autopsy->step != AUTOPSY_WAITING &&
	    clock_monotonic_ns() >= autopsy->until_ns)
		autopsy->step = AUTOPSY_DONE;
	if (more)
		return;
	if (autopsy->step == AUTOPSY_TRACING)
		take_backtrace(autopsies, autopsy);
	autopsy->step = AUTOPSY_DONE;
}

/* ---- all of them ---- */

static void drop(struct autopsy *autopsy)
{
	end(autopsy);
	free(autopsy->answer);
	free(autopsy);
}

static void drop_done(struct autopsies *autopsies)
{
	struct autopsy **link = &autopsies->first;

	while (*link) {
		struct autopsy *autopsy = *link;

		if (autopsy->step != AUTOPSY_DONE) {
			link = &autopsy->next;
			continue;
		}
		*link = autopsy->next;
		drop(autopsy);
	}
}

/* Those that wait for gdb keep half of the room at most. */
static void make_room(struct autopsies *autopsies)
{
	size_t waiting = count_step(autopsies, AUTOPSY_WAITING);

	for (struct autopsy *autopsy = autopsies->first;
	     autopsy && waiting > AUTOPSIES_MAX / 2; autopsy = autopsy->next) {
		if (autopsy->step != AUTOPSY_WAITING)
			continue;
		autopsy->step = AUTOPSY_DONE;
		waiting--;
	}
}

void autopsies_go_on(struct autopsies *autopsies)
{
	bool tracing = false;
	size_t children = 0;

	for (struct autopsy *autopsy = autopsies->first; autopsy;
	     autopsy = autopsy->next) {
		if (autopsy->step != AUTOPSY_NOT_BEGUN)
			look_at(autopsies, autopsy);
		tracing = tracing || autopsy->step == AUTOPSY_TRACING;
	}
	for (struct autopsy *autopsy = autopsies->first; autopsy && !tracing;
	     autopsy = autopsy->next) {
		if (autopsy->step == AUTOPSY_WAITING)
			trace(autopsies, autopsy);
		tracing = autopsy->step == AUTOPSY_TRACING;
	}
	make_room(autopsies);
	drop_done(autopsies);
	for (struct autopsy *autopsy = autopsies->first; autopsy;
	     autopsy = autopsy->next) {
		if (autopsy->step == AUTOPSY_NOT_BEGUN &&
		    children < AUTOPSIES_MAX)
			begin(autopsy);
		children += autopsy->socket >= 0;
	}
	tell_dropped(autopsies);
}

size_t autopsies_wait(const struct autopsies *autopsies,
		      struct pollfd wait[AUTOPSIES_MAX], int *pause_ms)
{
	size_t count = 0;

	for (const struct autopsy *autopsy = autopsies->first;
	     autopsy && count < AUTOPSIES_MAX; autopsy = autopsy->next) {
		int64_t left_ms =
			(autopsy->until_ns - clock_monotonic_ns()) / 1000000 +
			1;

		if (autopsy->step == AUTOPSY_DONE)
			left_ms = 0;
		else if (autopsy->socket < 0)
			continue;
		if (autopsy->socket >= 0)
			wait[count++] = (struct pollfd){
				.fd = autopsy->socket,
				.events = POLLIN,
			};
		if (autopsy->step == AUTOPSY_WAITING)
			continue;
		if (left_ms < 0)
			left_ms = 0;
		if (*pause_ms < 0 || left_ms < *pause_ms)
			*pause_ms = (int)left_ms;
	}
	return count;
}

bool autopsies_are_urgent(const struct autopsies *autopsies)
{
	return count_step(autopsies, AUTOPSY_NOT_BEGUN) > 0 ||
	       count_step(autopsies, AUTOPSY_FINDING) > 0;
}

void autopsies_close(struct autopsies *autopsies)
{
	while (autopsies->first) {
		struct autopsy *next = autopsies->first->next;

		drop(autopsies->first);
		autopsies->first = next;
	}
}
