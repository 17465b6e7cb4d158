#include "config.h"

#include "supervisor/value-types.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/size.h"
#include "supervisor/capability.h"
#include "supervisor/configuration.h"

/*
 * Values of what a worker may use and whom it runs as.
 */

static bool is_none(json_t *value)
{
	return json_is_string(value) &&
	       strcmp(json_string_value(value), "none") == 0;
}

int store_flag(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];

	(void)option;
	if (!json_is_boolean(value))
		return error_set(error,
				 QUOTED " is neither true nor false; write one "
					"of them",
				 value_text(value, buffer));
	*(bool *)member = json_is_true(value);
	return 0;
}

int store_number(const struct option *option, json_t *value, void *member,
		 struct error *error)
{
	struct optional_number number = {.set = !is_none(value)};
	char buffer[32];

	if (number.set &&
	    store_integer(option, value, &number.value, error) != 0)
		return error_set(
			error,
			QUOTED " is no number from %" PRId64 " to %" PRId64
			       "; write one, or none to leave it",
			value_text(value, buffer), option->min, option->max);
	*(struct optional_number *)member = number;
	return 0;
}

int store_bytes(const struct option *option, json_t *value, void *member,
		struct error *error)
{
	struct optional_number number = {.set = !is_none(value)};

	if (number.set && store_size(option, value, &number.value, error) != 0)
		return -1;
	*(struct optional_number *)member = number;
	return 0;
}

int store_cpu_quota(const struct option *option, json_t *value, void *member,
		    struct error *error)
{
	struct optional_number number = {.set = !is_none(value)};
	double cpus = json_number_value(value);
	char buffer[32];

	if (number.set &&
	    (!json_is_number(value) || cpus * 1000 < (double)option->min ||
	     cpus * 1000 > (double)option->max))
		return error_set(error,
				 QUOTED " is no number of CPUs from %g to %g; "
					"write one such as 1.5, or none",
				 value_text(value, buffer),
				 (double)option->min / 1000,
				 (double)option->max / 1000);
	if (number.set)
		number.value = (int64_t)(cpus * 1000 + 0.5);
	*(struct optional_number *)member = number;
	return 0;
}

int store_umask(const struct option *option, json_t *value, void *member,
		struct error *error)
{
	struct optional_number mask = {.set = true};
	char buffer[32];
	const char *text = value_text(value, buffer);
	size_t digits = strspn(text, "01234567");

	(void)option;
	mask.value = strtol(text, NULL, 8);
	if (digits == 0 || digits > 4 || text[digits] != '\0' ||
	    mask.value > 0777)
		return error_set(error,
				 QUOTED " is no umask; write one in octal, "
					"such as 022",
				 text);
	*(struct optional_number *)member = mask;
	return 0;
}

int store_group(const struct option *option, json_t *value, void *member,
		struct error *error)
{
	(void)option;
	if (!json_is_integer(value) && !json_is_null(value))
		return error_set(error, "the group is not resolved");
	*(struct optional_number *)member = (struct optional_number){
		.set = json_is_integer(value),
		.value = json_integer_value(value),
	};
	return 0;
}

void release_groups(void *member)
{
	struct group_list *list = member;

	free(list->gids);
	*list = (struct group_list){0};
}

int value_copy_groups(const json_t *value, gid_t **gids, size_t *count,
		      struct error *error)
{
	size_t index;
	json_t *group;

	*gids = calloc(json_array_size(value) + 1, sizeof(gid_t));
	if (!*gids)
		return value_out_of_memory(error);
	*count = json_array_size(value);
	json_array_foreach (value, index, group) {
		(*gids)[index] = (gid_t)json_integer_value(group);
	}
	return 0;
}

int store_groups(const struct option *option, json_t *value, void *member,
		 struct error *error)
{
	struct group_list list = {.set = true};

	(void)option;
	if (value_copy_groups(value, &list.gids, &list.count, error) != 0)
		return -1;
	*(struct group_list *)member = list;
	return 0;
}

int store_capabilities(const struct option *option, json_t *value, void *member,
		       struct error *error)
{
	struct capability_list list = {.set = true};
	size_t index;
	json_t *item;

	(void)option;
	json_array_foreach (value, index, item) {
		char buffer[32];
		const char *text = value_text(item, buffer);
		int number = capability_parse(text);

		if (number < 0)
			return error_set(error,
					 QUOTED " is no capability; write a "
						"name such as net_bind_service",
					 text);
		list.mask |= UINT64_C(1) << number;
	}
	*(struct capability_list *)member = list;
	return 0;
}

/* The number behind "WORD/" in `text`: from `min` to `max`, or -1. */
static long level_of(const char *text, const char *word, long min, long max)
{
	size_t length = strlen(word);
	char *end;
	long level;

	if (strncmp(text, word, length) != 0 || text[length] != '/' ||
	    text[length + 1] < '0' || text[length + 1] > '9')
		return -1;
	level = strtol(text + length + 1, &end, 10);
	return *end == '\0' && level >= min && level <= max ? level : -1;
}

int store_io(const struct option *option, json_t *value, void *member,
	     struct error *error)
{
	enum { REALTIME = 1, BEST_EFFORT, IDLE, SHIFT = 13, NORMAL = 4 };
	char buffer[32];
	const char *text = value_text(value, buffer);
	long best_effort = level_of(text, "best-effort", 0, 7);
	long realtime = level_of(text, "realtime", 0, 7);

	(void)option;
	if (strcmp(text, "best-effort") == 0)
		best_effort = NORMAL;
	if (strcmp(text, "realtime") == 0)
		realtime = NORMAL;
	if (strcmp(text, "idle") == 0)
		*(int *)member = IDLE << SHIFT;
	else if (best_effort >= 0)
		*(int *)member = BEST_EFFORT << SHIFT | (int)best_effort;
	else if (realtime >= 0)
		*(int *)member = REALTIME << SHIFT | (int)realtime;
	else
		return error_set(error,
				 QUOTED " is no class of input and output; "
					"write best-effort/N or realtime/N "
					"with N from 0 to 7, or idle",
				 text);
	return 0;
}

int store_policy(const struct option *option, json_t *value, void *member,
		 struct error *error)
{
	static const struct {
		const char *word;
		int policy;
	} plain[] = {{"other", SCHED_OTHER},
		     {"batch", SCHED_BATCH},
		     {"idle", SCHED_IDLE}};
	struct policy_config policy = {.set = false};
	char buffer[32];
	const char *text = value_text(value, buffer);
	long fifo = level_of(text, "fifo", 1, 99);
	long rr = level_of(text, "rr", 1, 99);

	(void)option;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(text, plain[i].word) == 0)
			policy = (struct policy_config){true, plain[i].policy,
							0};
	if (fifo > 0)
		policy = (struct policy_config){true, SCHED_FIFO, (int)fifo};
	if (rr > 0)
		policy = (struct policy_config){true, SCHED_RR, (int)rr};
	if (!policy.set)
		return error_set(error,
				 QUOTED " is no scheduling policy; write "
					"other, batch, idle, or fifo/N or rr/N "
					"with N from 1 to 99",
				 text);
	*(struct policy_config *)member = policy;
	return 0;
}

/* One of the two limits of a resource, "none" for no limit. */
static int read_rlimit(const struct option *option, const char *text,
		       rlim_t *limit)
{
	static const int64_t second_ns = 1000000000;
	size_t digits = strspn(text, "0123456789");
	int64_t number;

	if (strcmp(text, "none") == 0) {
		*limit = RLIM_INFINITY;
		return 0;
	}
	if (option->type == OPTION_RLIMIT_SIZE) {
		if (size_parse(text, &number) != 0)
			return -1;
	} else if (option->type == OPTION_RLIMIT_TIME) {
		if (duration_parse(text, &number) != 0)
			return -1;
		number = number / second_ns + (number % second_ns > 0);
	} else {
		if (digits == 0 || digits > 18 || text[digits] != '\0')
			return -1;
		number = strtoll(text, NULL, 10);
	}
	if (number < option->min || number > option->max)
		return -1;
	*limit = (rlim_t)number;
	return 0;
}

int store_rlimit(const struct option *option, json_t *value, void *member,
		 struct error *error)
{
	struct rlimit_config limit = {.set = true};
	char buffer[32], soft[64];
	const char *text = value_text(value, buffer);
	const char *hard = strchr(text, ':');
	const char *example = option->type == OPTION_RLIMIT_SIZE   ? "64M"
			      : option->type == OPTION_RLIMIT_TIME ? "10m"
								   : "4096";

	snprintf(soft, sizeof(soft), "%.*s",
		 (int)(hard ? hard - text : (ptrdiff_t)strlen(text)), text);
	if (read_rlimit(option, soft, &limit.value.rlim_cur) != 0 ||
	    read_rlimit(option, hard ? hard + 1 : soft,
			&limit.value.rlim_max) != 0)
		return error_set(error,
				 QUOTED " is no limit here; write one such as "
					"%s (at least %" PRId64
					"), none, or a soft and a hard one, "
					"%s:none",
				 text, example, option->min, example);
	if (limit.value.rlim_cur > limit.value.rlim_max)
		return error_set(error,
				 "in " QUOTED
				 " the soft limit is above the hard one; "
				 "write the lower one first",
				 text);
	*(struct rlimit_config *)member = limit;
	return 0;
}
