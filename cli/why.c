#include "config.h"

#include "cli/commands.h"
#include "cli/past.h"
#include "cli/post-mortem.h"
#include "store/event.h"

#include <stdio.h>

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

static enum exit_code tell(struct query *query, const struct command_line *line)
{
	struct post_mortem post_mortem;
	bool no_crash = false;
	struct error error;
	int found = post_mortem_find(query, line->names[0], &post_mortem,
				     &no_crash, &error);

	if (found == 0)
		error_set(&error,
			  "cannot find %s: the history has no such worker or "
			  "run",
			  line->names[0]);
	if (found != 1)
		return command_fail(found < 0 ? EXIT_FAILED : EXIT_NO_SUCH_NAME,
				    &error);
	show(line, &post_mortem, no_crash);
	post_mortem_release(&post_mortem);
	return EXIT_DONE;
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
