#include "config.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "supervisor/autopsy.h"

/* What is stored, instead of the journal of the sweeper. */
static struct {
	char text[512];
	uint64_t kind;
	uint64_t run;
	int count;
} stored;

void findings_store(struct findings *findings, const struct message *request,
		    struct event_record *event)
{
	(void)findings;
	stored.kind = event->kind;
	stored.run = request->run;
	stored.count += event->kind == EVENT_WARNING;
	snprintf(stored.text, sizeof(stored.text), "%.*s",
		 (int)event->text.size, (const char *)event->text.data);
}

/* Goes on until nothing is looked for any more. */
static void finish(struct autopsies *autopsies)
{
	do {
		struct pollfd wait[AUTOPSIES_MAX];
		int pause_ms = -1;
		size_t count;

		autopsies_go_on(autopsies);
		count = autopsies_wait(autopsies, wait, &pause_ms);
		if (count > 0)
			assert_true(poll(wait, count, pause_ms) >= 0);
	} while (autopsies_are_urgent(autopsies));
	autopsies_close(autopsies);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

static void add(struct autopsies *autopsies, uint64_t count)
{
	struct message request = {.kind = MESSAGE_CORE, .pool = "web"};

	for (request.run = 1; request.run <= count; request.run++)
		autopsies_add(autopsies, &request);
}

static void no_more_than_fit_are_looked_for(void **state)
{
	struct autopsies autopsies = {0};

	(void)state;
	memset(&stored, 0, sizeof(stored));
	add(&autopsies, AUTOPSIES_WAITING_MAX);
	finish(&autopsies);
	assert_int_equal(stored.count, 0);
}

static void what_is_not_looked_for_is_told_once(void **state)
{
	struct autopsies autopsies = {0};

	(void)state;
	memset(&stored, 0, sizeof(stored));
	add(&autopsies, AUTOPSIES_WAITING_MAX + 5);
	finish(&autopsies);
	assert_int_equal(stored.count, 1);
	assert_int_equal(autopsies.dropped, 0);
	assert_int_equal(autopsies.last_dropped.run, AUTOPSIES_WAITING_MAX + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_than_fit_are_looked_for),
		cmocka_unit_test(what_is_not_looked_for_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
