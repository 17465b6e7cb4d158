#include "config.h"

#include "base/words.h"

#include <string.h>

static const struct {
	const char *word;
	int rank;
} states[WORKER_STATE_COUNT] = {
#define X(enumerator, number, word, rank) [enumerator] = {word, rank},
	WORKER_STATES(X)
#undef X
};

static const struct {
	const char *word;
	bool crash;
} causes[END_CAUSE_COUNT] = {
#define X(enumerator, number, word, crash) [enumerator] = {word, crash},
	END_CAUSES(X)
#undef X
};

static const struct {
	const char *word;
	enum end_cause cause;
} gauges[GAUGE_COUNT] = {
#define X(enumerator, number, word, cause) [enumerator] = {word, cause},
	GAUGES(X)
#undef X
};

const char *worker_state_name(enum worker_state state)
{
	return (unsigned)state < WORKER_STATE_COUNT ? states[state].word : "?";
}

enum worker_state worker_state_parse(const char *word)
{
	unsigned state = 0;

	while (state < WORKER_STATE_COUNT &&
	       strcmp(states[state].word, word) != 0)
		state++;
	return state;
}

int worker_state_rank(enum worker_state state)
{
	return (unsigned)state < WORKER_STATE_COUNT ? states[state].rank : 0;
}

const char *end_cause_name(enum end_cause cause)
{
	return (unsigned)cause < END_CAUSE_COUNT ? causes[cause].word : "?";
}

bool end_cause_is_crash(enum end_cause cause)
{
	return (unsigned)cause < END_CAUSE_COUNT && causes[cause].crash;
}

const char *run_activity_name(enum run_activity activity)
{
	static const char *const words[] = {
#define X(enumerator, number, word) [number] = word,
		RUN_ACTIVITIES(X)
#undef X
	};

	return (unsigned)activity < RUN_ACTIVITY_COUNT ? words[activity] : "?";
}

const char *gauge_name(enum gauge gauge)
{
	return gauges[gauge].word;
}

enum end_cause gauge_cause(enum gauge gauge)
{
	return gauges[gauge].cause;
}

enum gauge gauge_of_cause(enum end_cause cause)
{
	unsigned gauge = 0;

	while (gauge < GAUGE_COUNT && gauges[gauge].cause != cause)
		gauge++;
	return gauge;
}

bool name_is_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-";

	return strspn(name, letters) > 0 &&
	       name[strspn(name, others)] == '\0' && strlen(name) < NAME_SIZE &&
	       strcmp(name, "all") != 0;
}
