#include "config.h"

#include "tui/requests.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"

/* A supervisor answers at once, and a loader within some 100 ms: whoever takes
 * so much longer does not answer at all. */
enum { ANSWER_US = 3 * 1000 * 1000, PATIENT_US = 60 * 1000 * 1000 };

void requests_init(struct requests *requests, const struct control *control)
{
	*requests = (struct requests){.control = control};
}

void requests_release(struct requests *requests)
{
	if (requests->under_way)
		requests->control->abandon(requests->under_way);
	free(requests->list);
	*requests = (struct requests){.control = requests->control};
}

void requests_add(struct requests *requests, const struct request *request)
{
	if (requests->next == requests->count)
		requests->next = requests->count = 0;
	if (requests->count == requests->capacity) {
		requests->capacity = 2 * requests->capacity + 8;
		requests->list =
			reallocarray(requests->list, requests->capacity,
				     sizeof(*requests->list));
		assert(requests->list);
	}
	requests->list[requests->count++] = *request;
}

size_t requests_left(const struct requests *requests)
{
	return requests->count - requests->next;
}

int requests_fd(const struct requests *requests)
{
	return requests->under_way ? requests->control->fd(requests->under_way)
				   : -1;
}

/* Whether the answer has come, or will not come any more. */
static bool is_over(const struct requests *requests)
{
	struct pollfd wait = {.fd = requests_fd(requests), .events = POLLIN};

	return poll(&wait, 1, 0) == 1 ||
	       clock_real_us() > requests->deadline_us;
}

static void take(struct requests *requests, request_done_fn *done,
		 void *context)
{
	const struct request request = requests->list[requests->next++];
	json_t *answer = NULL;
	struct error error = {0};
	bool late = clock_real_us() > requests->deadline_us;

	if (late) {
		requests->control->abandon(requests->under_way);
		error_set(&error, "cannot ask for the %s: no answer",
			  request.words);
	} else if (requests->control->finish(requests->under_way, &answer,
					     &error) < 0) {
		answer = NULL;
	}
	requests->under_way = NULL;
	done(context, &request, answer, &error);
	json_decref(answer);
}

void requests_go_on(struct requests *requests, request_done_fn *done,
		    void *context)
{
	struct error error;

	for (;;) {
		if (requests->under_way && !is_over(requests))
			return;
		if (requests->under_way)
			take(requests, done, context);
		if (requests->next == requests->count)
			return;
		requests->under_way = requests->control->begin(
			requests->control->context,
			requests->list[requests->next].path, &error);
		requests->deadline_us =
			clock_real_us() +
			(requests->list[requests->next].patient ? PATIENT_US
								: ANSWER_US);
		if (!requests->under_way) {
			struct request refused =
				requests->list[requests->next++];

			done(context, &refused, NULL, &error);
		}
	}
}
