#include "config.h"

#include "supervisor/value-types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpulist.h"
#include "base/duration.h"
#include "base/signals.h"
#include "base/size.h"
#include "supervisor/configuration.h"

int value_out_of_memory(struct error *error)
{
	return error_set(error, "out of memory");
}

const char *value_text(json_t *value, char buffer[32])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(buffer, 32, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buffer, 32, "%g", json_real_value(value));
	else
		snprintf(buffer, 32, "%s",
			 json_is_array(value)	 ? "a list"
			 : json_is_object(value) ? "a section"
						 : "nothing");
	return buffer;
}

int value_copy(char **copy, const char *text, struct error *error)
{
	*copy = strdup(text);
	return *copy ? 0 : value_out_of_memory(error);
}

int store_name(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);

	(void)option;
	if (!name_is_valid(text))
		return error_set(error,
				 QUOTED " is no name; write a letter, then "
					"letters, digits, '_' and '-', at most "
					"%d of them, and not 'all'",
				 text, NAME_SIZE - 1);
	memcpy(member, text, strlen(text) + 1);
	return 0;
}

int store_text(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];

	(void)option;
	return value_copy(member, value_text(value, buffer), error);
}

int store_path(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);

	(void)option;
	if (text[0] != '/')
		return error_set(error,
				 QUOTED " is no absolute path; begin it with /",
				 text);
	if (strlen(text) >= 4096)
		return error_set(error, "the path is too long; use one of at "
					"most 4095 bytes");
	return value_copy(member, text, error);
}

int store_integer(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	char buffer[32];
	int64_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < option->min ||
	    number > option->max)
		return error_set(error,
				 QUOTED " is no number from %" PRId64
					" to %" PRId64 "; write one",
				 value_text(value, buffer), option->min,
				 option->max);
	*(int64_t *)member = number;
	return 0;
}

int store_workers(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	char buffer[32];
	int64_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < option->min ||
	    number > option->max)
		return error_set(error,
				 QUOTED " is no number of workers; write a "
					"number from %" PRId64 " to %" PRId64
					", or cpus for one on each CPU",
				 value_text(value, buffer), option->min,
				 option->max);
	*(int64_t *)member = number;
	return 0;
}

int store_factor(const struct option *option, json_t *value, void *member,
		 struct error *error)
{
	char buffer[32];
	double number = json_number_value(value);

	if (!json_is_number(value) || !(number >= (double)option->min) ||
	    number > (double)option->max)
		return error_set(
			error,
			QUOTED " is no factor from %" PRId64 " to %" PRId64
			       "; write a number such as 2 or 1.5",
			value_text(value, buffer), option->min, option->max);
	*(double *)member = number;
	return 0;
}

int store_percent(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);
	size_t digits = strspn(text, "0123456789.");
	char *end;
	double number = strtod(text, &end);

	if (digits == 0 || end != text + digits || strcmp(end, "%") != 0 ||
	    number < (double)option->min || number > (double)option->max)
		return error_set(error,
				 QUOTED " is no percentage; write one from "
					"%" PRId64 "%% to %" PRId64 "%%",
				 text, option->min, option->max);
	*(double *)member = number / 100;
	return 0;
}

int store_load(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);
	size_t digits = strspn(text, "0123456789.");
	char *end;
	double percent = strtod(text, &end);

	if (digits == 0 || end != text + digits ||
	    (*end != '\0' && strcmp(end, "%") != 0) ||
	    percent < (double)option->min || percent > (double)option->max)
		return error_set(error,
				 QUOTED " is no share of a CPU; write percent "
					"of one CPU, such as 90%% or 250%%, or "
					"none",
				 text);
	*(int64_t *)member = (int64_t)(percent * 10 + 0.5);
	return 0;
}

/* Reads a duration and holds it against the option's range. */
static int read_duration(const struct option *option, const char *text,
			 int64_t *ns, struct error *error)
{
	char low[DURATION_TEXT_SIZE];
	char high[DURATION_TEXT_SIZE];

	if (duration_parse(text, ns) != 0)
		return error_set(error,
				 QUOTED
				 " is no duration; write a number with "
				 "a unit, such as 200ms, 10s, 5m, 2h or 30d%s",
				 text, option->none ? ", or none" : "");
	if (*ns >= option->min && *ns <= option->max)
		return 0;
	duration_format(option->min, low);
	duration_format(option->max, high);
	return error_set(error, QUOTED " is too %s; write one from %s to %s%s",
			 text, *ns < option->min ? "short" : "long", low, high,
			 option->none ? ", or none" : "");
}

int store_duration(const struct option *option, json_t *value, void *member,
		   struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);

	if (option->none && strcmp(text, "none") == 0) {
		*(int64_t *)member = 0;
		return 0;
	}
	return read_duration(option, text, member, error);
}

int store_size(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];
	char low[SIZE_TEXT_SIZE];
	char high[SIZE_TEXT_SIZE];
	const char *text = value_text(value, buffer);
	int64_t bytes;

	if (size_parse(text, &bytes) != 0)
		return error_set(error,
				 QUOTED " is no size; write a number of bytes, "
					"or one with a unit such as 64K, 50M "
					"or 2G%s",
				 text, option->none ? ", or none" : "");
	size_format(option->min, low);
	size_format(option->max, high);
	if (bytes < option->min || bytes > option->max)
		return error_set(error,
				 QUOTED " is too %s; write one from %s to %s%s",
				 text, bytes < option->min ? "small" : "large",
				 low, high, option->none ? ", or none" : "");
	*(int64_t *)member = bytes;
	return 0;
}

int store_word(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	const struct option_word *word = option->words;
	char buffer[32];
	const char *text = value_text(value, buffer);
	char known[256] = "";
	const char *separator = "";

	while (word->word && strcmp(word->word, text) != 0)
		word++;
	if (word->word && !word->planned) {
		if (member)
			*(unsigned *)member = word->value;
		return 0;
	}
	for (const struct option_word *w = option->words; w->word; w++) {
		size_t used = strlen(known);

		if (w->planned)
			continue;
		snprintf(known + used, sizeof(known) - used, "%s%s", separator,
			 w->word);
		separator = w[1].word && !w[1].planned ? ", " : "";
		if (w[1].word && !w[1].planned && (!w[2].word || w[2].planned))
			separator = " or ";
	}
	return error_set(error,
			 word->word ? QUOTED " is not built yet in this "
					     "version of reeve; write %s"
				    : QUOTED " is not known here; write %s",
			 text, known);
}

int store_signal(const struct option *option, json_t *value, void *member,
		 struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);
	int number = signal_parse(text);

	(void)option;
	if (number <= 0)
		return error_set(error,
				 QUOTED " is no signal; write a name such as "
					"TERM, INT, QUIT or RTMIN+3",
				 text);
	*(int *)member = number;
	return 0;
}

int store_limit(const struct option *option, json_t *value, void *member,
		struct error *error)
{
	const struct option range = {
		.min = 1, .max = INT64_C(9) * 1000000000 * 1000000000};
	struct restart_config *restart = member;
	char buffer[32];
	const char *text = value_text(value, buffer);
	size_t digits = strspn(text, "0123456789");
	const char *window = text + digits;
	long limit;
	int64_t window_ns;

	if (strcmp(text, "none") == 0) {
		restart->limit = 0;
		restart->limit_window_ns = 0;
		return 0;
	}
	window += strspn(window, " ");
	if (digits == 0 || digits > 9 || window == text + digits ||
	    strncmp(window, "in ", 3) != 0)
		return error_set(error,
				 QUOTED " is no limit; write crashes and a "
					"time, such as 5 in 60s, or none",
				 text);
	limit = strtol(text, NULL, 10);
	if (limit < option->min || limit > option->max)
		return error_set(error,
				 "a limit of %ld crashes is out of range; "
				 "write %" PRId64 " to %" PRId64 ", or none",
				 limit, option->min, option->max);
	window += 3 + strspn(window + 3, " ");
	if (read_duration(&range, window, &window_ns, error) != 0)
		return -1;
	restart->limit = (uint32_t)limit;
	restart->limit_window_ns = window_ns;
	return 0;
}

int store_then(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	static const char word[] = "cooldown";
	const size_t length = sizeof(word) - 1;
	struct restart_config *restart = member;
	char buffer[32];
	const char *text = value_text(value, buffer);
	int64_t cooldown_ns;

	if (strcmp(text, "fail") == 0) {
		restart->then = THEN_FAIL;
		restart->cooldown_ns = 0;
		return 0;
	}
	if (strncmp(text, word, length) != 0 || text[length] != ' ')
		return error_set(error,
				 QUOTED " is not known here; write cooldown "
					"and a time, such as cooldown 5m, or "
					"fail",
				 text);
	text += length + strspn(text + length, " ");
	if (read_duration(option, text, &cooldown_ns, error) != 0)
		return -1;
	restart->then = THEN_COOLDOWN;
	restart->cooldown_ns = cooldown_ns;
	return 0;
}

void release_text(void *member)
{
	char **text = member;

	free(*text);
	*text = NULL;
}

int store_cpus(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);
	cpu_set_t cpus;

	(void)option;
	if (cpulist_parse(text, &cpus) != 0)
		return error_set(error,
				 QUOTED " is no list of CPUs; write numbers "
					"and ranges such as 0-3,6",
				 text);
	*(cpu_set_t *)member = cpus;
	return 0;
}
