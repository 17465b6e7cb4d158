#include "config.h"

#include "tui/glyphs.h"

#include <assert.h>
#include <langinfo.h>
#include <string.h>

static const struct glyphs unicode = {
	.braille = true,
	.rule = L'\u2500',
	.cut = L'\u2026',
};

static const struct glyphs ascii = {
	.braille = false,
	.rule = L'-',
	.cut = L'>',
};

const struct glyphs *glyphs_choose(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &unicode : &ascii;
}

static const struct mark marks[] = {
	[WORKER_STOPPED] = {'-', ROLE_DIM},
	[WORKER_STARTING] = {'^', ROLE_MOVE},
	[WORKER_READY] = {'+', ROLE_OK},
	[WORKER_UNHEALTHY] = {'~', ROLE_WARN},
	[WORKER_STOPPING] = {'v', ROLE_MOVE},
	[WORKER_BACKOFF] = {':', ROLE_WARN},
	[WORKER_FAILED] = {'!', ROLE_BAD},
	[WORKER_DONE] = {'=', ROLE_DIM},
};
static_assert(sizeof(marks) / sizeof(marks[0]) == WORKER_STATE_COUNT,
	      "each state has a mark");

struct mark mark_of(enum worker_state state)
{
	return state < WORKER_STATE_COUNT ? marks[state]
					  : (struct mark){'?', ROLE_DIM};
}
