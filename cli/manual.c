#include "config.h"

#include "cli/help.h"

#include "cli/commands.h"
#include "store/views.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Text lines of the source are not longer, before escaping. */
enum { LINE_WIDTH = 64 };

/* A part of the manual that belongs to no command. */
struct section {
	const char *title;
	const char *text; /* paragraphs, as struct command has them */
};

/* A thing and what it is. */
struct item {
	const char *name;
	const char *text;
};

static const struct section before_commands[] = {
	{"DESCRIPTION",
	 "reeve launches the pools of workers that a config file describes, "
	 "restarts what crashes, watches it, shows it live in the terminal and "
	 "remembers everything that happened. `reeve run` starts it; the other "
	 "commands speak to an instance that runs, or read its history.\n"
	 "\n"
	 "A pool is named as in the config (web), a worker by its pool and its "
	 "number (web/0). The word all stands for every pool. Helpers of reeve "
	 "itself are left out unless a command has --helpers."},
	{"INSTANCES",
	 "One running supervisor is an instance. Its name stands in its "
	 "config, else it is the name of the config file without .yaml. The "
	 "option -i before or after the command chooses one, else the variable "
	 "REEVE_INSTANCE does; where just one runs, it is that one.\n"
	 "\n"
	 "The keys runtime_dir and state_dir of the config win over the "
	 "folders named below; where runtime_dir is set, a link in the "
	 "default place leads there, so that commands find the instance. Where "
	 "REEVE_RUNTIME_DIR chose the folder, commands need it too."},
	{0},
};

static const char control_text[] =
	"Programs may speak HTTP/1.1 with RUNTIME/control.sock, as the "
	"commands do; root and the user of the instance may, nobody else.\n"
	"\n"
	"Parameters stand in the query or in a JSON object that is the body. A "
	"POST is answered at once by 202 and the number of its operation; with "
	"wait=1 when it is done, by 200. What cannot be is told as "
	"{\"error\": {\"code\": …, \"message\": …}} with the status 400 (a bad "
	"request), 403 (another user), 404 (no such name or path), 405 "
	"(another "
	"method), 409 (refused, as a config with mistakes is), 500 (it failed) "
	"or 503 (too busy).";

static const char control_examples[] =
	"curl --unix-socket control.sock http://x/v1/status\tlook at all\n"
	"curl --unix-socket control.sock -d '' "
	"http://x/v1/pools/web/stop\tstop the pool web\n";

static const struct item requests[] = {
	{"GET /v1/status",
	 "What `reeve status --json` shows. With helpers=1 as with --helpers."},
	{"GET /v1/pools/POOL", "The same of a pool; all is none."},
	{"GET /v1/workers/POOL/INDEX", "The same of a worker."},
	{"GET /v1/events",
	 "Events as they happen, one JSON object a line, as long as the client "
	 "listens. With helpers=1 those of the helpers too."},
	{"GET /metrics", "Numbers of all workers, in Prometheus' text format."},
	{"POST /v1/pools/POOL/ACTION",
	 "ACTION is start, stop, restart (with rolling=1 as with --rolling), "
	 "signal (with signal=HUP or the like) or scale (with workers=8 or "
	 "the like). POOL may be all, but for scale."},
	{"POST /v1/workers/POOL/INDEX/ACTION", "The same, but for scale."},
	{"POST /v1/reload",
	 "Loads the config again and tells the plan; with dry_run=1 it "
	 "changes nothing."},
	{"POST /v1/shutdown", "Ends the instance, as SIGTERM does."},
	{0},
};

static const struct item variables[] = {
	{"REEVE_INSTANCE", "The instance to speak to."},
	{"REEVE_RUNTIME_DIR",
	 "The runtime folder, as it stands. Else it is /run/reeve/INSTANCE for "
	 "root and $XDG_RUNTIME_DIR/reeve/INSTANCE for others."},
	{"REEVE_STATE_DIR",
	 "The state folder, as it stands. Else it is /var/lib/reeve/INSTANCE "
	 "for root and $XDG_STATE_HOME/reeve/INSTANCE for others, where "
	 "XDG_STATE_HOME is ~/.local/state unless it is set."},
	{"REEVE_LIBEXEC_DIR", "Where the programs that belong to reeve lie."},
	{"REEVE_SPAWN",
	 "How the supervisor starts programs: clone3, vfork (with pidfd_open) "
	 "or pid (without it). By itself it takes the first one that works."},
	{0},
};

static const struct item files[] = {
	{"RUNTIME/control.sock",
	 "The control socket: HTTP/1.1 with JSON, see above."},
	{"RUNTIME/live",
	 "The live table, which status and top read without asking the "
	 "supervisor."},
	{"RUNTIME/lock", "Held by the supervisor; contains its process id."},
	{"STATE/history.db", "The history, an SQLite database."},
	{"STATE/log/POOL.INDEX.log", "What a worker printed."},
	{0},
};

static const struct item exit_codes[] = {
	{"0", "It is done."},
	{"1", "It failed; one line on standard error says why."},
	{"2", "The command was used in a wrong way."},
	{"3", "Not everything that should be up is up."},
	{"4", "There is no such worker, pool, run or group of crashes."},
	{"5", "No such instance is running."},
	{0},
};

/* Reads one character of UTF-8 and moves `*text` behind it. */
static uint32_t next_character(const char **text)
{
	unsigned char first = (unsigned char)*(*text)++;
	uint32_t value = first < 0xe0 ? first & 0x1f : first & 0x0f;

	if (first < 0x80)
		return first;
	while (((unsigned char)**text & 0xc0) == 0x80)
		value = value << 6 | ((unsigned char)*(*text)++ & 0x3f);
	return value;
}

/* Prints `size` bytes with what is special to roff escaped. Text between
 * backquotes is set in bold; `*bold` says whether it is at the moment. */
static void print_escaped(FILE *out, const char *text, size_t size, bool *bold)
{
	const char *end = text + size;

	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	while (text < end) {
		uint32_t character = next_character(&text);

		if (character == '`') {
			*bold = !*bold;
			fputs(*bold ? "\\fB" : "\\fP", out);
		} else if (character == '\\') {
			fputs("\\e", out);
		} else if (character == '-') {
			fputs("\\-", out);
		} else if (character < 0x80) {
			putc((int)character, out);
		} else {
			fprintf(out, "\\[u%04X]", character);
		}
	}
}

static bool ends_sentence(const char *word, size_t size)
{
	return size > 0 &&
	       (word[size - 1] == '.' || word[size - 1] == '?' ||
		(size > 1 && word[size - 1] == ')' && word[size - 2] == '.'));
}

/* Prints paragraphs, a new line for each sentence. */
static void print_text(FILE *out, const char *text)
{
	bool bold = false;
	size_t at = 0;

	while (*text) {
		size_t size = strcspn(text, " \n");

		if (at && at + size > LINE_WIDTH) {
			putc('\n', out);
			at = 0;
		}
		if (at)
			putc(' ', out);
		print_escaped(out, text, size, &bold);
		at += size + 1;
		if (ends_sentence(text, size)) {
			putc('\n', out);
			at = 0;
		}
		text += size;
		if (!strncmp(text, "\n\n", 2)) {
			fprintf(out, "%s.Pp\n", at ? "\n" : "");
			at = 0;
		}
		text += strspn(text, " \n");
	}
	if (at)
		putc('\n', out);
}

/* Prints a quoted argument of a macro. */
static void print_argument(FILE *out, const char *text, size_t size)
{
	bool bold = false;

	fputs(" \"", out);
	for (size_t i = 0; i < size;) {
		size_t plain = strcspn(text + i, "\"");

		if (plain > size - i)
			plain = size - i;
		if (plain)
			print_escaped(out, text + i, plain, &bold);
		i += plain;
		if (i < size)
			fputs("\"\"", out);
		i += i < size;
	}
	/* \& keeps a last "]" from being taken for punctuation */
	fputs("\\&\"", out);
}

static void print_options(FILE *out, const struct command_option *options)
{
	if (!options || !options[0].name)
		return;
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; options[i].name; i++) {
		fputs(".It", out);
		if (options[i].letter)
			fprintf(out, " Fl %c ,", options[i].letter);
		fprintf(out, " Fl -%s", options[i].name);
		if (options[i].argument)
			fprintf(out, " Ar %s", options[i].argument);
		putc('\n', out);
		print_text(out, options[i].help);
	}
	fputs(".El\n", out);
}

static void print_examples(FILE *out, const char *examples)
{
	if (!examples)
		return;
	fputs(".Pp\nFor example:\n.Bl -tag -width Ds\n", out);
	while (*examples) {
		size_t typed = strcspn(examples, "\t");
		size_t told = strcspn(examples + typed, "\n");
		bool bold = false;

		fputs(".It Li", out);
		print_argument(out, examples, typed);
		putc('\n', out);
		print_escaped(out, examples + typed + 1, told - 1, &bold);
		putc('\n', out);
		examples += typed + told + (examples[typed + told] == '\n');
	}
	fputs(".El\n", out);
}

static void print_command(FILE *out, const struct command *command)
{
	char title[128];

	snprintf(title, sizeof(title), "reeve %s%s%s", command->name,
		 *command->usage ? " " : "", command->usage);
	fputs(".Ss", out);
	print_argument(out, title, strlen(title));
	putc('\n', out);
	print_text(out, command->description);
	print_options(out, command->options);
	print_examples(out, command->examples);
}

/* Prints a section of a text, where there is one, and a list. */
static void print_items(FILE *out, const char *title, const char *text,
			const struct item *items)
{
	fprintf(out, ".Sh %s\n", title);
	if (text)
		print_text(out, text);
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; items[i].name; i++) {
		fputs(".It", out);
		print_argument(out, items[i].name, strlen(items[i].name));
		putc('\n', out);
		print_text(out, items[i].text);
	}
	fputs(".El\n", out);
}

/* What `reeve sql` can ask for. */
static void print_views(FILE *out)
{
	fputs(".Sh HISTORY VIEWS\n", out);
	print_text(out,
		   "These views of STATE/history.db are made to be used by "
		   "`reeve sql` and any other program that reads SQLite. Times "
		   "are REAL seconds since 1970; what is not known is NULL.");
	for (const struct view *view = views; view->name; view++) {
		fprintf(out, ".Ss %s\n", view->name);
		print_text(out, view->meaning);
		fputs(".Pp\n.Bl -column \"involuntary_switches\" \"INTEGER\" "
		      "-compact\n",
		      out);
		for (const struct view_column *column = view->columns;
		     column->name; column++) {
			bool bold = false;

			fprintf(out, ".It Li %s Ta %s Ta ", column->name,
				column->type);
			print_escaped(out, column->meaning,
				      strlen(column->meaning), &bold);
			putc('\n', out);
		}
		fputs(".El\n", out);
	}
}

void manual_print(FILE *out)
{
	fputs(".Dd November 23, 2026\n.Dt REEVE 1\n.Os\n"
	      ".Sh NAME\n.Nm reeve\n"
	      ".Nd launch pools of workers and keep them running\n"
	      ".Sh SYNOPSIS\n"
	      ".Nm\n.Op Fl i Ar INSTANCE\n.Ar COMMAND\n"
	      ".Op Ar OPTION ...\n.Op Ar NAME ...\n"
	      ".Nm\n.Ar COMMAND\n.Fl -help\n"
	      ".Nm\n.Fl -version\n",
	      out);
	for (size_t i = 0; before_commands[i].title; i++) {
		fprintf(out, ".Sh %s\n", before_commands[i].title);
		print_text(out, before_commands[i].text);
	}
	fputs(".Sh COMMANDS\nEvery command takes these options:\n", out);
	print_options(out, help_common_options);
	for (size_t i = 0; commands[i]; i++)
		print_command(out, commands[i]);
	print_views(out);
	print_items(out, "CONTROL SOCKET", control_text, requests);
	print_examples(out, control_examples);
	print_items(out, "ENVIRONMENT", NULL, variables);
	print_items(out, "FILES", NULL, files);
	print_items(out, "EXIT STATUS", NULL, exit_codes);
	fputs(".Sh SEE ALSO\n.Xr reeve.yaml 5\n", out);
}
