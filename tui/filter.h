#ifndef TUI_FILTER_H
#define TUI_FILTER_H

#include "tui/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which rows of a list are shown. A filter is words; a row must fit all:
 *
 *	text		its name, or what else it says, has that in it
 *	pool:api	its pool is called so
 *	st:fail		its state begins so; st:!~ its mark is one of these
 *	end:SEGV	the words for its last end have that in them
 *	cpu>50		percent of one CPU; also < and =
 *	rss>1G		memory; `mem` is the same
 *	-WORD		it must not fit WORD
 */

enum { FILTER_TERMS = 8, FILTER_TEXT_SIZE = 48 };

/* What a filter can ask of a row. */
struct facts {
	const char *name;
	const char *pool;
	const char *state;
	char mark;
	uint64_t cpu_permille;
	uint64_t rss_bytes;
	char end[END_TEXT_SIZE];
	const char *text; /* what else it says; or NULL */
};

struct filter_term {
	bool negated;
	enum filter_kind {
		FILTER_NAME,
		FILTER_POOL,
		FILTER_STATE,
		FILTER_END,
		FILTER_CPU,
		FILTER_MEMORY,
	} kind;
	char relation; /* of the last two: '<', '>' or '=' */
	uint64_t number;
	char text[FILTER_TEXT_SIZE];
};

struct filter {
	struct filter_term terms[FILTER_TERMS];
	size_t count; /* 0: every row fits */
};

/* Reads a filter. What is not understood is looked for in the names. */
void filter_parse(struct filter *filter, const char *text);

bool filter_fits(const struct filter *filter, const struct facts *facts);

/* Whether `text` has `part` in it, whatever the case of ASCII letters. */
bool text_has(const char *text, const char *part);

#endif
