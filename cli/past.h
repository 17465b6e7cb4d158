#ifndef CLI_PAST_H
#define CLI_PAST_H

#include "cli/command.h"
#include "cli/table.h"
#include "store/query.h"

/* What the commands about the past have in common. */

/* The option --db FILE: reads that file, whatever runs. */
#define PAST_OPTION_DB                              \
	{                                           \
		.name = "db", .argument = "FILE",   \
		.help = "read this history alone, " \
			"not that of an instance"   \
	}

/* The options of all commands that show rows of a span of time. */
#define PAST_OPTIONS_WINDOW                             \
	{.name = "since",                               \
	 .argument = "TIME",                            \
	 .help = "only what happened from then on"},    \
	{                                               \
		.name = "until", .argument = "TIME",    \
		.help = "only what happened up to then" \
	}
#define PAST_OPTIONS_FORM                                                   \
	{.name = "json", .help = "print one JSON object a line"},           \
	{                                                                   \
		.name = "csv", .help = "print CSV (RFC 4180) with a header" \
	}
#define PAST_OPTION_LIMIT                         \
	{                                         \
		.name = "limit", .argument = "N", \
		.help = "only the last N; 0: all" \
	}

/* What TIME may be; a paragraph of descriptions. */
#define PAST_TIME_HELP                                                       \
	"TIME is how long ago (`2h`), a time of day (`10:30`), a day with "  \
	"or without one (`yesterday 22:00`, `monday`, `2026-11-22 09:00`), " \
	"or RFC 3339, in local time where it names no zone."

/* A table shows no more rows unless it is asked to. */
enum { PAST_TABLE_LIMIT = 1000 };

/*
 * Opens the history that `line` means: the file of --db, else that of the
 * instance. NULL, `*code` to exit with and the reason when there is none.
 */
struct query *past_open(const struct command_line *line, enum exit_code *code,
			struct error *error);

/* Whether the history that `line` means is that of an instance that runs: then
 * what has not ended there is still going on. */
bool past_is_running(const struct command_line *line);

/* Reads --since and --until, which the command must have; each stays as it is
 * where it was not given. Says what is wrong and returns -1. */
int past_read_window(const struct command_line *line, int64_t *since_us,
		     int64_t *until_us);

/* Reads --json and --csv. Says what is wrong and returns -1. */
int past_read_form(const struct command_line *line, enum table_form *form);

/* Reads --limit; `*limit` stays as it is where it was not given. Says what is
 * wrong and returns -1. */
int past_read_limit(const struct command_line *line, uint64_t *limit);

/*
 * Finds what `count` names mean, in an array that the caller frees; "all" is
 * everything: `*found` is 0 then. With --helpers, where the command has it,
 * those of reeve's helpers are found too. Returns EXIT_DONE, or the code to
 * exit with and the reason.
 */
enum exit_code past_find_names(struct query *query, char *const *names,
			       size_t count, bool hidden,
			       struct query_name **list, size_t *found,
			       struct error *error);

/* Says on standard error that a table was cut at PAST_TABLE_LIMIT. */
void past_tell_limit(void);

#endif
