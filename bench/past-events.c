#include "config.h"

#include "bench/past-events.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 10, PLACES = 200, TEXT_SIZE = 2048, LINES = 12, ERRORS = 4 };

enum step { SPAWN, READY, EXTRA, END, OUTPUT, SAMPLE };

struct place {
	int64_t at_us; /* of its next step */
	enum step step;
	unsigned extras; /* still to come in this run */
	uint64_t run;
	int64_t spawned_at_us;
	bool crashed;
};

struct past_events {
	uint64_t seed;
	uint64_t runs;
	uint64_t next_run;
	unsigned extras;
	int64_t period_us; /* from a run of a worker to the next */
	int64_t next_config_us;
	uint64_t config;
	struct place places[PLACES];
	char text[TEXT_SIZE];
	unsigned char samples[120 * 8];
};

static uint64_t draw(struct past_events *events, uint64_t below)
{
	events->seed ^= events->seed << 13;
	events->seed ^= events->seed >> 7;
	events->seed ^= events->seed << 17;
	return events->seed % below;
}

struct past_events *past_events_new(uint64_t runs, unsigned events_a_run,
				    int64_t from_us, int64_t span_us)
{
	const uint64_t count = PLACES;
	struct past_events *events = calloc(1, sizeof(*events));

	if (!events)
		abort();
	events->seed = UINT64_C(88172645463325252);
	events->runs = runs;
	events->next_run = 1;
	events->extras = events_a_run > 3 ? events_a_run - 3 : 0;
	events->period_us = span_us / (int64_t)((runs + count - 1) / count);
	events->next_config_us = from_us;
	for (size_t i = 0; i < count; i++)
		events->places[i].at_us = from_us + events->period_us *
							    (int64_t)i /
							    (int64_t)count;
	return events;
}

static void set_text(struct event_record *event, const char *text)
{
	event->text = (struct bytes){text, strlen(text)};
}

/* Once a day a config is loaded, with as many lines as a config has. */
static void load_config(struct past_events *events, struct event_record *event)
{
	size_t used = 0;

	events->text[0] = '\0';
	for (int i = 0; i < 20; i++)
		used += (size_t)snprintf(events->text + used, TEXT_SIZE - used,
					 "pool%d: {command: serve %" PRIu64
					 ", workers: 10}\n",
					 i, events->config);
	event->kind = EVENT_CONFIG_LOADED;
	event->at_us = events->next_config_us;
	event->config = ++events->config;
	set_text(event, events->text);
	events->next_config_us += INT64_C(86400) * 1000000;
}

static void spawn(struct past_events *events, struct place *place,
		  struct event_record *event)
{
	static const char *const reasons[] = {"crash", "exit", "reload",
					      "config"};

	place->run = event->run = events->next_run++;
	place->spawned_at_us = event->at_us;
	place->extras = events->extras;
	event->kind = EVENT_SPAWNED;
	event->pid = 1000 + event->run % 30000;
	event->state = WORKER_STARTING;
	snprintf(event->by, sizeof(event->by), "%s",
		 reasons[place->crashed ? 0 : draw(events, 4)]);
	snprintf(event->cpus, sizeof(event->cpus), "0-7");
	place->step = READY;
	place->at_us += 50000 + (int64_t)draw(events, 400000);
}

static void be_ready(struct past_events *events, struct place *place,
		     struct event_record *event)
{
	event->kind = EVENT_READY;
	event->state = WORKER_READY;
	event->state_before = WORKER_STARTING;
	place->step = place->extras > 0 ? EXTRA : SAMPLE;
	place->at_us += (int64_t)draw(events, 10000000);
}

static void tell(struct past_events *events, struct place *place,
		 struct event_record *event)
{
	static const uint64_t kinds[] = {EVENT_NOTIFY, EVENT_HEALTH, EVENT_HOOK,
					 EVENT_WATCH, EVENT_COMMAND};

	event->kind = kinds[draw(events, 1000) > 0 ? draw(events, 4) : 4];
	if (event->kind == EVENT_COMMAND) {
		event->uid = 1001;
		snprintf(event->command, sizeof(event->command), "restart");
	}
	snprintf(events->text, TEXT_SIZE, "served %" PRIu64 " requests",
		 draw(events, 100000));
	set_text(event, events->text);
	place->extras--;
	place->step = place->extras > 0 ? EXTRA : SAMPLE;
	place->at_us += (int64_t)draw(events, (uint64_t)events->period_us /
						      (events->extras + 2));
}

static void measure(struct past_events *events, struct place *place,
		    struct event_record *event)
{
	int64_t end_us =
		place->spawned_at_us + events->period_us * 9 / 10 +
		(int64_t)draw(events, (uint64_t)events->period_us / 5 + 1);

	event->kind = EVENT_SAMPLE;
	event->cpu_permille = draw(events, 900);
	event->rss_bytes = (20 + draw(events, 100)) << 20;
	event->threads = 4;
	event->open_files = 20 + draw(events, 10);
	place->step = END;
	place->at_us = end_us > event->at_us ? end_us : event->at_us + 1;
}

/* Every third run crashes. */
static void choose_end(struct past_events *events, struct place *place,
		       struct event_record *event)
{
	static const uint64_t signals[] = {SIGSEGV, SIGABRT, SIGBUS, 0};

	place->crashed = draw(events, 3) == 0;
	if (!place->crashed) {
		event->cause = draw(events, 4) ? CAUSE_EXITED : CAUSE_RELOAD;
		event->state = WORKER_STARTING;
		return;
	}
	event->cause = draw(events, 10) ? CAUSE_CRASHED : CAUSE_MEMORY;
	event->exit_signal = event->cause == CAUSE_MEMORY
				     ? SIGTERM
				     : signals[draw(events, 4)];
	event->exit_code = event->exit_signal ? 0 : 1 + draw(events, 3);
	event->state = WORKER_BACKOFF;
	event->delay_ns = 200000000;
	event->samples =
		(struct bytes){events->samples, sizeof(events->samples)};
}

static void end(struct past_events *events, struct place *place,
		struct event_record *event)
{
	choose_end(events, place, event);
	event->kind = EVENT_ENDED;
	event->spawned_at_us = (uint64_t)place->spawned_at_us;
	event->uptime_us = (uint64_t)(event->at_us - place->spawned_at_us);
	event->cpu_user_us = event->uptime_us / 20;
	event->cpu_system_us = event->uptime_us / 80;
	event->max_rss_bytes = UINT64_C(100) << 20;
	event->minor_faults = draw(events, 10000);
	event->voluntary_switches = draw(events, 100000);
	place->step = place->crashed ? OUTPUT : SPAWN;
	place->at_us =
		place->crashed ? event->at_us + 2000 : event->at_us + 1000;
}

static void print_last(struct past_events *events, struct place *place,
		       struct event_record *event)
{
	size_t used = 0;

	for (int i = 0; i < LINES; i++)
		used += (size_t)snprintf(
			events->text + used, TEXT_SIZE - used,
			"request %" PRIu64 " took %" PRIu64 "ms\n",
			draw(events, 1000000), draw(events, 500));
	snprintf(events->text + used, TEXT_SIZE - used,
		 "error: cannot read part %c of request %" PRIu64 "\n",
		 'a' + (char)draw(events, ERRORS), draw(events, 1000000));
	event->kind = EVENT_OUTPUT;
	set_text(event, events->text);
	place->step = SPAWN;
	place->at_us += 250000;
}

/* The place whose turn it is. */
static struct place *first_place(struct past_events *events)
{
	struct place *found = &events->places[0];

	for (size_t i = 1; i < PLACES; i++)
		if (events->places[i].at_us < found->at_us)
			found = &events->places[i];
	return found;
}

bool past_events_next(struct past_events *events, struct event_record *event)
{
	static void (*const steps[])(struct past_events *, struct place *,
				     struct event_record *) = {
		[SPAWN] = spawn, [READY] = be_ready,	[EXTRA] = tell,
		[END] = end,	 [OUTPUT] = print_last, [SAMPLE] = measure,
	};
	struct place *place = first_place(events);
	size_t index = (size_t)(place - events->places);

	memset(event, 0, sizeof(*event));
	if (events->next_config_us <= place->at_us) {
		load_config(events, event);
		return true;
	}
	if (place->step == SPAWN && events->next_run > events->runs)
		return false;
	snprintf(event->pool, sizeof(event->pool), "pool%zu", index / WORKERS);
	event->worker = index % WORKERS + 1;
	event->at_us = place->at_us;
	event->run = place->run;
	event->config = events->config;
	steps[place->step](events, place, event);
	return true;
}

void past_events_free(struct past_events *events)
{
	free(events);
}
