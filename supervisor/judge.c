#include "config.h"

#include "supervisor/judge.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/size.h"

/* What counts as all of a CPU, in permille: others take a little of it. */
enum { SPINNING_PERMILLE = 950 };

enum { VALUE_SIZE = SIZE_TEXT_SIZE };

static int64_t gauge_value(enum gauge gauge, const struct live_usage *usage)
{
	switch (gauge) {
	case GAUGE_MEMORY:
		return (int64_t)usage->rss_bytes;
	case GAUGE_CPU:
		return usage->cpu_permille;
	case GAUGE_ZOMBIES:
		return usage->zombies;
	case GAUGE_OPEN_FILES:
		return usage->open_files;
	case GAUGE_THREADS:
		return usage->threads;
	case GAUGE_COUNT:
		break;
	}
	return 0;
}

static void format_value(enum gauge gauge, int64_t value, char text[VALUE_SIZE])
{
	if (gauge == GAUGE_MEMORY)
		size_format_short(value, text);
	else if (gauge == GAUGE_CPU && value % 10 != 0)
		snprintf(text, VALUE_SIZE, "%" PRId64 ".%d%%", value / 10,
			 (int)(value % 10));
	else if (gauge == GAUGE_CPU)
		snprintf(text, VALUE_SIZE, "%" PRId64 "%%", value / 10);
	else
		snprintf(text, VALUE_SIZE, "%" PRId64, value);
}

static void describe(enum gauge gauge, int64_t value, int64_t over,
		     int64_t lasted_ns, struct verdict *verdict)
{
	char is[VALUE_SIZE], bound[VALUE_SIZE], lasted[DURATION_TEXT_SIZE];

	format_value(gauge, value, is);
	format_value(gauge, over, bound);
	/* As somebody has written it: "20M", not "20.0M". */
	if (gauge == GAUGE_MEMORY)
		size_format(over, bound);
	duration_format_short(lasted_ns, lasted);
	verdict->cause = gauge_cause(gauge);
	verdict->value = (uint64_t)value;
	snprintf(verdict->text, sizeof(verdict->text), "%s %s over %s%s%s",
		 gauge_name(gauge), is, bound, lasted_ns > 0 ? " for " : "",
		 lasted_ns > 0 ? lasted : "");
}

/* Returns whether there is something to tell. */
static bool judge_gauge(enum gauge gauge, const struct live_bound *bound,
			const struct live_usage *former,
			struct live_usage *usage, struct verdict *verdict)
{
	int64_t value = gauge_value(gauge, usage);
	int64_t since_ns = former->over_since_ns[gauge];
	uint32_t bit = UINT32_C(1) << gauge;

	if (!bound->set || value <= bound->over) {
		usage->told &= ~bit;
		return false;
	}
	if (since_ns == 0)
		since_ns = usage->sampled_mono_ns;
	usage->over_since_ns[gauge] = since_ns;
	if (usage->sampled_mono_ns - since_ns < bound->for_ns ||
	    (!bound->restart && usage->told & bit))
		return false;
	describe(gauge, value, bound->over, usage->sampled_mono_ns - since_ns,
		 verdict);
	return true;
}

/* Since when something is so, when `now_ns` finds that it is. */
static int64_t since(bool is_so, int64_t former_ns, int64_t now_ns)
{
	if (!is_so)
		return 0;
	return former_ns > 0 ? former_ns : now_ns;
}

bool judge_is_still(const struct live_usage *former,
		    const struct live_usage *usage)
{
	return former->run == usage->run && former->io_known &&
	       usage->io_known && usage->io_bytes == former->io_bytes &&
	       usage->cpu_ns == former->cpu_ns;
}

bool judge_is_silent(const struct live_usage *former,
		     const struct live_usage *usage)
{
	return former->run == usage->run && former->io_known &&
	       usage->io_known && usage->written_bytes == former->written_bytes;
}

/* Whether it has all of a CPU, or a thread of it wants to. */
static bool is_busy(const struct live_usage *usage)
{
	return usage->cpu_permille >= SPINNING_PERMILLE || usage->busy.lasts;
}

static bool judge_progress(int64_t progress_ns, const struct live_usage *former,
			   struct live_usage *usage, struct verdict *verdict)
{
	int64_t now_ns = usage->sampled_mono_ns;
	const char *what = "no CPU time and no I/O";
	int64_t lasted_ns = 0;
	char lasted[DURATION_TEXT_SIZE];

	/* Nothing since the measurement before. */
	usage->still_since_ns =
		since(judge_is_still(former, usage), former->still_since_ns,
		      former->sampled_mono_ns);
	usage->spinning_since_ns =
		since(judge_is_silent(former, usage) && is_busy(usage),
		      former->spinning_since_ns, former->sampled_mono_ns);
	if (usage->still_since_ns > 0)
		lasted_ns = now_ns - usage->still_since_ns;
	if (usage->spinning_since_ns > 0) {
		lasted_ns = now_ns - usage->spinning_since_ns;
		what = "all of a CPU and no output";
	}
	verdict->cause = CAUSE_UNHEALTHY;
	verdict->value = 0;
	verdict->text[0] = '\0';
	if (progress_ns == 0 || lasted_ns == 0 || lasted_ns < progress_ns)
		return usage->told & TOLD_STUCK;
	duration_format_short(lasted_ns, lasted);
	snprintf(verdict->text, sizeof(verdict->text), "%s for %s", what,
		 lasted);
	return true;
}

static bool judge_idleness(int64_t idle_ns, const struct live_usage *former,
			   struct live_usage *usage, struct verdict *verdict)
{
	int64_t now_ns = usage->sampled_mono_ns;
	int64_t lasted_ns;
	char lasted[DURATION_TEXT_SIZE];

	usage->idle_since_ns =
		since(judge_is_still(former, usage) && !usage->connected,
		      former->idle_since_ns,
		      former->connected ? now_ns : former->sampled_mono_ns);
	lasted_ns = now_ns - usage->idle_since_ns;
	if (usage->idle_since_ns == 0 || lasted_ns < idle_ns)
		return false;
	duration_format_short(lasted_ns, lasted);
	verdict->cause = CAUSE_SCALED;
	verdict->value = (uint64_t)lasted_ns;
	snprintf(verdict->text, sizeof(verdict->text), "idle for %s", lasted);
	return true;
}

void verdict_told(const struct verdict *verdict, struct live_usage *usage)
{
	if (verdict->cause == CAUSE_SCALED)
		return;
	if (verdict->cause != CAUSE_UNHEALTHY)
		usage->told |= UINT32_C(1) << gauge_of_cause(verdict->cause);
	else if (verdict->text[0] != '\0')
		usage->told |= TOLD_STUCK;
	else
		usage->told &= ~(uint32_t)TOLD_STUCK;
}

size_t judge(const struct live_pool *pool, const struct live_usage *former,
	     struct live_usage *usage, struct verdict verdicts[VERDICTS_MAX])
{
	static const struct live_usage none;
	size_t count = 0;

	if (former->run != usage->run)
		former = &none;
	usage->told = former->told;
	for (unsigned gauge = 0; gauge < GAUGE_COUNT; gauge++)
		count += judge_gauge(gauge, &pool->bounds[gauge], former, usage,
				     &verdicts[count]);
	if (pool->progress_ns > 0 || pool->idle_ns > 0)
		count += judge_progress(pool->progress_ns, former, usage,
					&verdicts[count]);
	if (pool->idle_ns > 0)
		count += judge_idleness(pool->idle_ns, former, usage,
					&verdicts[count]);
	for (size_t i = 0; i < count; i++)
		verdicts[i].run = usage->run;
	return count;
}
