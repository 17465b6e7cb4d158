#include "config.h"

#include "tests/tools/recorded.h"

#include "live/table.h"
#include "store/history.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What happened in the recorded instance. */

#define HOURS 3600
#define DAYS (24 * HOURS)
#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

#define CRASH_LINES                                      \
	"export: 720000 rows read\n"                     \
	"warn: main loop blocked for 5200 ms\n"          \
	"export: 840000 rows read\n"                     \
	"warn: arena grew to 512 MB\n"                   \
	"error: arena_alloc: size -2147483648\n"         \
	"request 7741 user 5521\n"                       \
	"dump: req GET /v2/export?from=2019 user 5521\n" \
	"fatal: write to 0x0000000000000018\n"

#define FRAMES                                \
	"#0 arena_alloc at src/arena.c:214\n" \
	"#1 export_rows at src/export.c:88\n" \
	"#2 serve at src/main.c:140\n"

/* The end of a run that crashed, with what is known of it. */
struct crash {
	double ago_s;
	const char *pool;
	unsigned index;
	unsigned run;
	double lived_s;
	unsigned cause, code, signal;
	double delay_s; /* before the next run, `next`; 0: given up */
	unsigned next;
	struct bytes output;
	struct bytes frames; /* a core was left, too */
};

static const struct crash crashes[] = {
	{3.1 * DAYS,
	 "web",
	 4,
	 61,
	 9000,
	 CAUSE_CRASHED,
	 0,
	 SIGABRT,
	 0.1,
	 62,
	 TEXT("assertion failed: queue_size(q) < LIMIT\n"),
	 {NULL, 0}},
	{20 * HOURS + 2,
	 "ingest",
	 0,
	 115,
	 1.5 * DAYS,
	 CAUSE_OOM,
	 0,
	 SIGKILL,
	 1,
	 161,
	 TEXT("batch 88: 120000 documents\n"),
	 {NULL, 0}},
	{3.3 * HOURS + 1,
	 "web",
	 2,
	 103,
	 2 * DAYS,
	 CAUSE_UNHEALTHY,
	 0,
	 SIGKILL,
	 0.1,
	 187,
	 TEXT("GET /v2/orders/77120 200 9ms\n"),
	 {NULL, 0}},
	{358, "web", 7, 108, 2.2 * DAYS, CAUSE_CRASHED, 0, SIGSEGV, 0.1, 199,
	 TEXT(CRASH_LINES), TEXT(FRAMES)},
	{235, "web", 7, 199, 123, CAUSE_CRASHED, 0, SIGSEGV, 0.2, 212,
	 TEXT(CRASH_LINES), TEXT(FRAMES)},
	{137,
	 "thumbs",
	 2,
	 201,
	 9,
	 CAUSE_CRASHED,
	 1,
	 0,
	 0.1,
	 202,
	 TEXT("open /var/cache/thumbs/9f3.tmp: No space left on device\n"),
	 {NULL, 0}},
	{126,
	 "thumbs",
	 2,
	 202,
	 8.2,
	 CAUSE_CRASHED,
	 1,
	 0,
	 0.2,
	 203,
	 TEXT("open /var/cache/thumbs/1c0.tmp: No space left on device\n"),
	 {NULL, 0}},
	{114,
	 "thumbs",
	 2,
	 203,
	 8.4,
	 CAUSE_CRASHED,
	 1,
	 0,
	 0.4,
	 204,
	 TEXT("open /var/cache/thumbs/77d.tmp: No space left on device\n"),
	 {NULL, 0}},
	{101,
	 "thumbs",
	 2,
	 204,
	 8.1,
	 CAUSE_CRASHED,
	 1,
	 0,
	 0.8,
	 205,
	 TEXT("open /var/cache/thumbs/e05.tmp: No space left on device\n"),
	 {NULL, 0}},
	{89,
	 "thumbs",
	 2,
	 205,
	 8.8,
	 CAUSE_CRASHED,
	 1,
	 0,
	 0,
	 0,
	 TEXT("open /var/cache/thumbs/b21.tmp: No space left on device\n"),
	 {NULL, 0}},
	{9, "web", 7, 212, 225.8, CAUSE_CRASHED, 0, SIGSEGV, 0.4, 215,
	 TEXT(CRASH_LINES), TEXT(FRAMES)},
};

/* What else there was. */
static const struct event_record others[] = {
	{.kind = EVENT_CONFIG_LOADED,
	 .at_us = AGO_US(2.2 * DAYS + 3),
	 .config = 7,
	 .command = "reload",
	 .uid = 1001,
	 .text = TEXT("instance: prod\n")},
	{.kind = EVENT_ENDED,
	 .at_us = AGO_US(2.2 * DAYS),
	 .pool = "setup",
	 .worker = 1,
	 .run = 120,
	 .pid = 31360,
	 .cause = CAUSE_EXITED,
	 .state = WORKER_DONE,
	 .state_before = WORKER_READY,
	 .spawned_at_us = AGO_US(2.2 * DAYS + 1.7),
	 .uptime_us = 1700000},
	{.kind = EVENT_ENDED,
	 .at_us = AGO_US(2.2 * DAYS + 1),
	 .pool = "web",
	 .worker = 5,
	 .run = 62,
	 .cause = CAUSE_RELOAD,
	 .exit_signal = SIGTERM,
	 .state = WORKER_STARTING,
	 .state_before = WORKER_STOPPING,
	 .spawned_at_us = AGO_US(3.1 * DAYS - 0.13),
	 .uptime_us = UINT64_C(77759000000)},
	{.kind = EVENT_ENDED,
	 .at_us = AGO_US(147),
	 .pool = "thumbs",
	 .worker = 3,
	 .run = 113,
	 .cause = CAUSE_RESTARTED,
	 .state = WORKER_STARTING,
	 .state_before = WORKER_STOPPING,
	 .command = "restart",
	 .uid = 1001,
	 .spawned_at_us = AGO_US(5 * HOURS + 0.3),
	 .uptime_us = UINT64_C(17853000000)},
	{.kind = EVENT_COMMAND,
	 .at_us = AGO_US(5 * HOURS + 1),
	 .command = "stop",
	 .uid = 1001,
	 .text = TEXT("batch")},
	{.kind = EVENT_SCALED,
	 .at_us = AGO_US(4 * HOURS),
	 .pool = "thumbs",
	 .count = 4,
	 .text = TEXT("has 4 workers now, was 3: CPU above 80%")},
	{.kind = EVENT_HEALTH,
	 .at_us = AGO_US(51),
	 .pool = "ingest",
	 .worker = 2,
	 .run = 116,
	 .cause = CAUSE_UNHEALTHY,
	 .text = TEXT("http://127.0.0.1:8001/healthz: no answer within 2s")},
	{.kind = EVENT_ENDED,
	 .at_us = AGO_US(13),
	 .pool = "mail",
	 .worker = 1,
	 .run = 213,
	 .cause = CAUSE_NOT_STARTED,
	 .step = "execve",
	 .object = "/srv/mail/bin/mailer",
	 .error_number = ENOENT,
	 .state = WORKER_BACKOFF,
	 .spawned_at_us = AGO_US(13.001),
	 .delay_ns = UINT64_C(30000000000)},
	{.kind = EVENT_STOPPING,
	 .at_us = AGO_US(2),
	 .pool = "cron",
	 .worker = 1,
	 .run = 190,
	 .cause = CAUSE_RESTARTED,
	 .state = WORKER_STOPPING,
	 .state_before = WORKER_READY,
	 .command = "restart",
	 .uid = 1},
};

/* All of it, to be put in order. */
struct past {
	struct event_record events[256];
	size_t count;
};

static struct event_record *append(struct past *past, uint64_t kind,
				   double ago_s)
{
	struct event_record *event = &past->events[past->count++];

	*event = (struct event_record){.kind = kind, .at_us = AGO_US(ago_s)};
	return event;
}

static struct event_record *append_about(struct past *past, uint64_t kind,
					 double ago_s, const char *pool,
					 unsigned index, unsigned run)
{
	struct event_record *event = append(past, kind, ago_s);

	snprintf(event->pool, sizeof(event->pool), "%s", pool);
	event->worker = index + 1;
	event->run = run;
	return event;
}

static void start(struct past *past, double ago_s, const char *pool,
		  unsigned index, unsigned run, const char *by, bool ready)
{
	struct event_record *event =
		append_about(past, EVENT_SPAWNED, ago_s, pool, index, run);

	event->pid = run == 215 ? 48377 : 31000 + 3 * run;
	event->config = 7;
	event->state = WORKER_STARTING;
	snprintf(event->by, sizeof(event->by), "%s", by);
	if (!ready)
		return;
	event = append_about(past, EVENT_READY, ago_s - 0.3, pool, index, run);
	event->state = WORKER_READY;
	event->state_before = WORKER_STARTING;
}

/* Samples of a run that used more and more, as they are stored. */
static struct bytes samples_of(const struct crash *crash)
{
	static struct live_sample samples[60];
	size_t count = crash->lived_s < 60 ? (size_t)crash->lived_s : 60;

	for (size_t i = 0; i < count; i++)
		samples[i] = (struct live_sample){
			.cpu_permille = (uint32_t)(120 + i * i / 5),
			.rss_kib = (uint32_t)(98000 + i * i * 110),
		};
	return (struct bytes){samples, count * sizeof(samples[0])};
}

static void add_crash(struct past *past, const struct crash *crash)
{
	struct event_record *event =
		append_about(past, EVENT_ENDED, crash->ago_s, crash->pool,
			     crash->index, crash->run);

	event->cause = crash->cause;
	event->exit_code = crash->code;
	event->exit_signal = crash->signal;
	event->core = crash->frames.size > 0;
	event->state = crash->next ? WORKER_BACKOFF : WORKER_FAILED;
	event->state_before = WORKER_READY;
	event->delay_ns = (uint64_t)(crash->delay_s * 1e9);
	event->spawned_at_us = (uint64_t)AGO_US(crash->ago_s + crash->lived_s);
	event->uptime_us = (uint64_t)(crash->lived_s * 1e6);
	event->cpu_user_us = event->uptime_us / 8;
	event->cpu_system_us = event->uptime_us / 90;
	event->max_rss_bytes = UINT64_C(487) << 20;
	event->samples = samples_of(crash);
	if (crash->cause == CAUSE_OOM) {
		event->memory_limit_bytes = UINT64_C(512) << 20;
		event->memory_peak_bytes = UINT64_C(512) << 20;
		event->oom_kills = 1;
	}
	event = append_about(past, EVENT_OUTPUT, crash->ago_s - 0.02,
			     crash->pool, crash->index, crash->run);
	event->text = crash->output;
	if (crash->next)
		start(past, crash->ago_s - crash->delay_s - 0.03, crash->pool,
		      crash->index, crash->next, "crash", crash->next != 215);
	if (crash->frames.size == 0)
		return;
	event = append_about(past, EVENT_CORE, crash->ago_s - 0.025,
			     crash->pool, crash->index, crash->run);
	event->text = (struct bytes)TEXT("/var/lib/reeve/prod/core/web.7.core");
	event = append_about(past, EVENT_BACKTRACE, crash->ago_s - 0.028,
			     crash->pool, crash->index, crash->run);
	event->text = crash->frames;
}

static void add_starts(struct past *past)
{
	static const struct {
		const char *pool;
		unsigned count, first;
		double ago_s;
	} starts[] = {
		{"web", 8, 101, 2.2 * DAYS + 0.3},
		{"thumbs", 4, 111, 5 * HOURS + 0.3},
		{"ingest", 2, 115, 2.2 * DAYS + 0.35},
		{"batch", 2, 118, 2.2 * DAYS + 0.4},
	};

	append(past, EVENT_INSTANCE_STARTED, 12.1 * DAYS);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		for (unsigned k = 0; k < starts[i].count; k++)
			start(past, starts[i].ago_s - k * 0.001, starts[i].pool,
			      k, starts[i].first + k, "config", true);
	start(past, 3.1 * DAYS + 9000, "web", 4, 61, "config", true);
	start(past, 2.2 * DAYS + 1.7, "setup", 0, 120, "config", true);
	start(past, 1800, "cron", 0, 190, "config", true);
	start(past, 146, "thumbs", 2, 201, "command", true);
	for (unsigned i = 0; i < 2; i++) {
		struct event_record *event =
			append_about(past, EVENT_ENDED, 5 * HOURS - i * 0.2,
				     "batch", i, 118 + i);

		event->cause = CAUSE_STOPPED;
		event->exit_signal = i ? SIGTERM : 0;
		event->state = WORKER_STOPPED;
		event->state_before = WORKER_STOPPING;
		snprintf(event->command, sizeof(event->command), "stop");
		event->uid = 1001;
	}
}

static int compare_times(const void *left, const void *right)
{
	const struct event_record *a = left, *b = right;

	return (a->at_us > b->at_us) - (a->at_us < b->at_us);
}

void recorded_make_history(void)
{
	static struct past past;
	enum history_problem problem;
	struct error error = {""};
	struct history *history =
		history_open(RECORDED_STATE "/history.db", &problem, &error);

	recorded_check(history ? 0 : -1, &error);
	add_starts(&past);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		add_crash(&past, &crashes[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		past.events[past.count++] = others[i];
	qsort(past.events, past.count, sizeof(past.events[0]), compare_times);
	recorded_check(history_begin(history, &error), &error);
	for (size_t i = 0; i < past.count; i++)
		recorded_check(history_add(history, &past.events[i], &error),
			       &error);
	recorded_check(history_commit(history, &error), &error);
	history_close(history);
}
