#include "config.h"

#include "cli/commands.h"
#include "cli/past.h"
#include "cli/post-mortem.h"
#include "store/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The run that NAME|RUN means. Returns as query_run() does; sets `*no_crash`
 * where the worker is known and has never crashed: then it is its last run. */
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

static void show(const struct command_line *line,
		 const struct post_mortem *post_mortem, bool no_crash)
{
	json_t *object;

	if (command_value(line, "json")) {
		object = post_mortem_to_json(post_mortem);
		json_dumpf(object, stdout, EVENT_JSON_FLAGS);
		putchar('\n');
		json_decref(object);
		return;
	}
	if (no_crash)
		printf("%s has not crashed. Its last run:\n\n", line->names[0]);
	post_mortem_print(stdout, post_mortem);
}

/* Finds what else there is to say of the run. */
static int complete(struct query *query, struct post_mortem *post_mortem,
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

static enum exit_code tell(struct query *query, const struct command_line *line)
{
	struct post_mortem post_mortem = {0};
	bool no_crash = false;
	struct error error;
	int found = find_run(query, line->names[0], &post_mortem.run, &no_crash,
			     &error);

	if (found == 0)
		error_set(&error,
			  "cannot find %s: the history has no such worker or "
			  "run",
			  line->names[0]);
	if (found != 1)
		return command_fail(found < 0 ? EXIT_FAILED : EXIT_NO_SUCH_NAME,
				    &error);
	found = complete(query, &post_mortem, &error);
	if (found == 0)
		show(line, &post_mortem, no_crash);
	past_evidence_free(post_mortem.evidence, post_mortem.evidence_count);
	free(post_mortem.killed);
	past_run_release(&post_mortem.run);
	past_run_release(&post_mortem.next);
	return found < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_DONE;
}

static enum exit_code run(const struct command_line *line)
{
	enum exit_code code;
	struct error error;
	struct query *query = past_open(line, &code, &error);

	if (!query)
		return command_fail(code, &error);
	code = tell(query, line);
	query_close(query);
	return code;
}

static const struct command_option options[] = {
	{.name = "json", .help = "print one JSON object"},
	PAST_OPTION_DB,
	{0},
};

const struct command command_why = {
	.name = "why",
	.usage = "NAME|RUN",
	.summary = "tell why a worker crashed last, or how a run ended",
	.description =
		"Tells of the last crash of a worker (`web/0`) or a pool "
		"(`web`), or of the run of that number: when it was, after how "
		"long, how it ended, what it used before, where its core dump "
		"is, its last output, what its processes did when reeve was "
		"about to end it, what was decided and what came next, and how "
		"often it happened before. For a worker that has not crashed "
		"it tells of its last run. On the screen texts are cut so that "
		"24 lines, or as many as the terminal has, are enough if they "
		"can be; --json has all of them. It reads the history in the "
		"state folder and needs no supervisor.",
	.examples = "reeve why web/0\twhy it crashed last\n"
		    "reeve why 17\thow run 17 ended\n",
	.options = options,
	.min_names = 1,
	.max_names = 1,
	.run = run,
};
