#include "config.h"

#include "base/duration.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/past.h"
#include "cli/terminal.h"
#include "store/query-sql.h"
#include "store/views.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static const int64_t TIMEOUT_NS = INT64_C(10000000000);

static const struct table_column schema_columns[] = {
	{.name = "view", .title = "VIEW"},
	{.name = "column", .title = "COLUMN"},
	{.name = "type", .title = "TYPE"},
	{.name = "meaning", .title = "MEANING", .cut = true},
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void add_schema_row(struct table *table, const char *view,
			   const char *column, const char *type,
			   const char *meaning)
{
	table_cell(table, "%s", view);
	table_cell(table, "%s", column);
	table_cell(table, "%s", type);
	table_cell(table, "%s", meaning);
}

static void show_view(struct table *table, const struct view *view)
{
	add_schema_row(table, view->name, "", "", view->meaning);
	for (const struct view_column *column = view->columns; column->name;
	     column++) {
		add_schema_row(table, "", column->name, column->type,
			       column->meaning);
		if (!table_is_screen(table))
			table_add(table,
				  json_pack("{s:s, s:s, s:s, s:s}", "view",
					    view->name, "column", column->name,
					    "type", column->type, "meaning",
					    column->meaning));
	}
}

static enum exit_code show_schema(enum table_form form)
{
	struct table *table = table_new(schema_columns, 4, form, stdout,
					terminal_columns(stdout));

	for (const struct view *view = views; view->name; view++)
		show_view(table, view);
	table_end(table);
	return EXIT_DONE;
}

/* The columns of a query. */
struct columns {
	size_t count;
	struct table_column *list;
	char **names; /* what its names and titles are */
};

/* Each gets a name of its own: the second "at" is "at:2". */
static void make_columns(struct columns *columns, const struct sql *sql)
{
	columns->count = sql_columns(sql);
	columns->list =
		must(calloc(columns->count + 1, sizeof(*columns->list)));
	columns->names =
		must(calloc(columns->count + 1, sizeof(*columns->names)));
	for (size_t i = 0; i < columns->count; i++) {
		const char *given = sql_column_name(sql, i);
		/* A file may be anybody's. */
		char *safe =
			must(escape_text((struct bytes){given, strlen(given)}));
		size_t same = 1;
		char **name = &columns->names[i];

		for (size_t j = 0; j < i; j++)
			same += strcmp(sql_column_name(sql, j), given) == 0;
		if (same > 1 ? asprintf(name, "%s:%zu", safe, same) < 0
			     : asprintf(name, "%s", safe) < 0)
			abort();
		free(safe);
		columns->list[i] = (struct table_column){
			.name = *name,
			.title = *name,
			.right = true,
		};
	}
}

static void free_columns(struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		free(columns->names[i]);
	free(columns->names);
	free(columns->list);
}

static void add_cell(struct table *table, const json_t *value)
{
	if (json_is_string(value))
		table_cell(table, "%s", json_string_value(value));
	else if (json_is_integer(value))
		table_cell(table, "%" JSON_INTEGER_FORMAT,
			   json_integer_value(value));
	else if (json_is_real(value))
		table_cell(table, "%.15g", json_real_value(value));
	else
		table_cell(table, "-");
}

/* Text is aligned to the left, numbers to the right. */
static void add_row(struct table *table, struct columns *columns,
		    struct sql *sql)
{
	json_t *object = table_is_screen(table) ? NULL : json_object();

	for (size_t i = 0; i < columns->count; i++) {
		struct table_column *column = &columns->list[i];
		json_t *value = must(sql_value(sql, i));

		if (object) {
			json_object_set_new(object, column->name, value);
			continue;
		}
		/* A part of a number would be another number. */
		if (json_is_string(value)) {
			column->right = false;
			column->cut = true;
		}
		add_cell(table, value);
		json_decref(value);
	}
	if (object)
		table_add(table, object);
}

static enum exit_code show(struct sql *sql, enum table_form form,
			   uint64_t limit)
{
	struct columns columns;
	struct table *table;
	struct error error;
	uint64_t rows = 0;
	int more = 1;

	make_columns(&columns, sql);
	table = table_new(columns.list, columns.count, form, stdout,
			  terminal_columns(stdout));
	table_allow_records(table);
	while (!ferror(stdout) && (more = sql_next(sql, &error)) > 0) {
		if (limit > 0 && rows == limit)
			break;
		add_row(table, &columns, sql);
		rows++;
	}
	/* Half a table would be taken for a whole one. */
	if (more < 0)
		table_discard(table);
	else
		table_end(table);
	free_columns(&columns);
	if (more < 0)
		return command_fail(EXIT_FAILED, &error);
	if (more > 0)
		fprintf(stderr,
			"reeve: these are the first %" PRIu64
			" rows; --limit 0 shows all\n",
			limit);
	return EXIT_DONE;
}

static int read_timeout(const struct command_line *line, int64_t *timeout_ns)
{
	const char *text = command_value(line, "timeout");

	*timeout_ns = TIMEOUT_NS;
	if (!text || (duration_parse(text, timeout_ns) == 0 && *timeout_ns > 0))
		return 0;
	command_misuse(line,
		       "--timeout takes a duration such as 30s or 5m, not "
		       "\"%s\"",
		       text);
	return -1;
}

/* What is said by end_late(). */
static char late_text[256];

/* All in it may be called from a handler, signal-safety(7). */
static void end_late(int signal)
{
	(void)signal;
	if (write(STDERR_FILENO, late_text,
		  strnlen(late_text, sizeof(late_text))) < 0)
		late_text[0] = '\0'; /* nobody reads it */
	_exit(EXIT_FAILED);
}

/* SQLite looks at the clock between the steps of its machine, but one call of
 * a function, such as instr() of two long texts, is one step however long it
 * takes. The query has its second of grace to end in order. */
static void set_alarm(int64_t timeout_ns)
{
	const struct sigaction action = {.sa_handler = end_late};
	const struct itimerval time = {
		.it_value.tv_sec = timeout_ns / 1000000000 + 1,
		.it_value.tv_usec = timeout_ns / 1000 % 1000000,
	};
	char timeout[DURATION_TEXT_SIZE];

	duration_format_short(timeout_ns, timeout);
	snprintf(late_text, sizeof(late_text),
		 "reeve: cannot query the history: it took longer than %s, in "
		 "one function; --timeout allows more\n",
		 timeout);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &time, NULL);
}

static enum exit_code ask(const struct command_line *line, enum table_form form,
			  uint64_t limit, int64_t timeout_ns)
{
	enum exit_code code;
	struct error error;
	struct query *query = past_open(line, &code, &error);
	struct sql *sql;

	if (!query)
		return command_fail(code, &error);
	set_alarm(timeout_ns);
	sql = sql_begin(query, line->names[0], timeout_ns, &error);
	code = sql ? show(sql, form, limit) : command_fail(EXIT_FAILED, &error);
	sql_end(sql);
	query_close(query);
	return code;
}

static enum exit_code run(const struct command_line *line)
{
	uint64_t limit = PAST_TABLE_LIMIT;
	enum table_form form;
	int64_t timeout_ns;

	if (past_read_form(line, &form) < 0)
		return EXIT_USAGE;
	if (command_value(line, "schema") && line->name_count > 0)
		return command_misuse(line, "--schema and a query exclude each "
					    "other");
	if (command_value(line, "schema"))
		return show_schema(form);
	if (line->name_count == 0)
		return command_misuse(line, "there is no query");
	if (form != TABLE_SCREEN)
		limit = 0;
	if (past_read_limit(line, &limit) < 0 ||
	    read_timeout(line, &timeout_ns) < 0)
		return EXIT_USAGE;
	return ask(line, form, limit, timeout_ns);
}

static const struct command_option options[] = {
	{.name = "schema", .help = "show the views and what is in them"},
	{.name = "timeout",
	 .argument = "DURATION",
	 .help = "give up after that long; default: 10s"},
	{.name = "limit",
	 .argument = "N",
	 .help = "only the first N rows; 0: all"},
	PAST_OPTIONS_FORM,
	PAST_OPTION_DB,
	{0},
};

const struct command command_sql = {
	.name = "sql",
	.usage = "QUERY | --schema",
	.summary = "ask the history by SQL",
	.description =
		"Runs one query of SQLite on the history. It can read, and "
		"nothing else: SQLite refuses whatever would write, attach "
		"another file, or change a setting. Functions such as "
		"json_each and pragma_table_info are there. Without --limit "
		"the table shows the first 1000 rows; JSON and CSV are "
		"complete. Of two columns with the same name the second is "
		"called NAME:2.\n"
		"\n"
		"The views are made to be used (--schema, and HISTORY VIEWS "
		"below); the tables behind them may change. Times in them are "
		"seconds since 1970: `datetime(at, 'unixepoch')` makes them "
		"readable. The shell sqlite3 works on the file, too, while "
		"reeve runs.",
	.examples =
		"reeve sql --schema\twhat there is to ask for\n"
		"reeve sql \"select worker, count(*) from crashes group by "
		"worker\"\tcrashes by worker\n"
		"reeve sql --csv \"select * from hours where pool = 'web'\"\t"
		"for a spreadsheet\n",
	.options = options,
	.min_names = 0,
	.max_names = 1,
	.run = run,
};
