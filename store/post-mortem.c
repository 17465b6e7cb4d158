#include "config.h"

#include "store/post-mortem.h"

#include <errno.h>
#include <stdlib.h>

/* Returns as query_run() does. */
static int find_run(struct query *query, const char *text, struct past_run *run,
		    bool *no_crash, struct error *error)
{
	struct query_name name;
	int found;
	char *end;
	int64_t number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0)
		return query_run(query, number, run, error);
	found = query_find_name(query, text, true, &name, error);
	if (found != 1)
		return found;
	found = query_last_crash(query, &name, run, error);
	*no_crash = found == 0;
	return found == 0 ? query_last_run(query, &name, run, error) : found;
}

/* Finds what else there is to say of the run. */
static int find_rest(struct query *query, struct post_mortem *post_mortem,
		     struct error *error)
{
	const struct past_run *run = &post_mortem->run;
	int found = query_next_run(query, run, &post_mortem->next, error);

	post_mortem->has_next = found == 1;
	if (found < 0)
		return -1;
	post_mortem->evidence_count =
		query_evidence(query, run->run, &post_mortem->evidence, error);
	if (post_mortem->evidence_count < 0 ||
	    query_killed(query, run, &post_mortem->killed, error) < 0)
		return -1;
	if (run->crash_group == 0)
		return 0;
	found = query_crash_group(query, run->crash_group, &post_mortem->group,
				  error);
	post_mortem->has_group = found == 1;
	return found < 0 ? -1 : 0;
}

int post_mortem_complete(struct query *query, struct post_mortem *post_mortem,
			 struct error *error)
{
	int result = find_rest(query, post_mortem, error);

	if (result < 0)
		post_mortem_release(post_mortem);
	return result;
}

int post_mortem_find(struct query *query, const char *text,
		     struct post_mortem *post_mortem, bool *no_crash,
		     struct error *error)
{
	int found;

	*post_mortem = (struct post_mortem){0};
	*no_crash = false;
	found = find_run(query, text, &post_mortem->run, no_crash, error);
	if (found != 1)
		return found;
	return post_mortem_complete(query, post_mortem, error) < 0 ? -1 : 1;
}

void post_mortem_release(struct post_mortem *post_mortem)
{
	past_evidence_free(post_mortem->evidence, post_mortem->evidence_count);
	free(post_mortem->killed);
	past_run_release(&post_mortem->run);
	past_run_release(&post_mortem->next);
	*post_mortem = (struct post_mortem){0};
}
