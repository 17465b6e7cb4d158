#include "config.h"

#include "tui/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/size.h"

static const struct {
	const char *prefix;
	enum filter_kind kind;
} prefixes[] = {
	{"pool:", FILTER_POOL}, {"st:", FILTER_STATE}, {"state:", FILTER_STATE},
	{"end:", FILTER_END},	{"cpu", FILTER_CPU},   {"rss", FILTER_MEMORY},
	{"mem", FILTER_MEMORY},
};

bool text_has(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; strlen(text) >= length; text++) {
		if (strncasecmp(text, part, length) == 0)
			return true;
		if (!*text)
			break;
	}
	return false;
}

/* "50" percent of one CPU, or a size such as "1.5G". */
static bool parse_number(struct filter_term *term, const char *text)
{
	char *end;
	double number = strtod(text, &end);
	const char *unit;
	static const char units[] = "KMGT";

	if (end == text || number < 0 || number > 1e15)
		return false;
	if (term->kind == FILTER_CPU) {
		term->number = (uint64_t)(number * 10);
		return *end == '\0' || strcmp(end, "%") == 0;
	}
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	for (const char *step = units; unit && step <= unit; step++)
		number *= 1024;
	term->number = (uint64_t)number;
	return *end == '\0' || (unit && end[1] == '\0');
}

static bool parse_special(struct filter_term *term, const char *word)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i].prefix);

		if (strncasecmp(word, prefixes[i].prefix, length) != 0)
			continue;
		term->kind = prefixes[i].kind;
		snprintf(term->text, sizeof(term->text), "%s", word + length);
		if (term->kind != FILTER_CPU && term->kind != FILTER_MEMORY)
			return true;
		term->relation = word[length];
		return term->relation && strchr("<>=", term->relation) &&
		       parse_number(term, word + length + 1);
	}
	return false;
}

static void parse_word(struct filter_term *term, const char *word)
{
	*term = (struct filter_term){.negated = word[0] == '-' && word[1]};
	word += term->negated;
	if (parse_special(term, word))
		return;
	term->kind = FILTER_NAME;
	snprintf(term->text, sizeof(term->text), "%s", word);
}

void filter_parse(struct filter *filter, const char *text)
{
	char copy[256];
	char *rest = copy;
	char *word;

	filter->count = 0;
	snprintf(copy, sizeof(copy), "%s", text);
	while (filter->count < FILTER_TERMS && (word = strsep(&rest, " ")))
		if (*word)
			parse_word(&filter->terms[filter->count++], word);
}

static bool compares(const struct filter_term *term, uint64_t number)
{
	switch (term->relation) {
	case '<':
		return number < term->number;
	case '>':
		return number > term->number;
	default:
		return number == term->number;
	}
}

/* "fail" begins the word of the state; "!~" names marks. */
static bool fits_state(const struct filter_term *term,
		       const struct facts *facts)
{
	if (strspn(term->text, "+^~:v!-=?") == strlen(term->text))
		return strchr(term->text, facts->mark) != NULL;
	return strncasecmp(facts->state, term->text, strlen(term->text)) == 0;
}

static bool fits(const struct filter_term *term, const struct facts *facts)
{
	switch (term->kind) {
	case FILTER_NAME:
		return text_has(facts->name, term->text) ||
		       (facts->text && text_has(facts->text, term->text));
	case FILTER_POOL:
		return strcmp(facts->pool, term->text) == 0;
	case FILTER_STATE:
		return fits_state(term, facts);
	case FILTER_END:
		return text_has(facts->end, term->text);
	case FILTER_CPU:
		return compares(term, facts->cpu_permille);
	case FILTER_MEMORY:
		return compares(term, facts->rss_bytes);
	}
	return false;
}

bool filter_fits(const struct filter *filter, const struct facts *facts)
{
	for (size_t i = 0; i < filter->count; i++)
		if (fits(&filter->terms[i], facts) == filter->terms[i].negated)
			return false;
	return true;
}
