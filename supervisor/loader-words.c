#include "config.h"

#include "supervisor/loader-words.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A word on its way: `out` is where its next byte goes. */
struct splitter {
	const char *text;
	const char *at;
	char *out;
};

/* Copies a quoted part, whose quote is at `at`. Returns 0, or -1 when it is
 * not closed. */
static int copy_quoted(struct splitter *splitter)
{
	const char quote = *splitter->at++;

	while (*splitter->at && *splitter->at != quote) {
		if (quote == '"' && *splitter->at == '\\' &&
		    splitter->at[1] != '\0' &&
		    strchr("\\\"$`\n", splitter->at[1])) {
			splitter->at++;
			if (*splitter->at == '\n') {
				splitter->at++;
				continue;
			}
		}
		*splitter->out++ = *splitter->at++;
	}
	if (!*splitter->at)
		return -1;
	splitter->at++;
	return 0;
}

/* Whether a word that was written without quotes is for a shell. */
static bool is_shell_operator(const char *word)
{
	static const char *const operators[] = {
		"|",  "||", "&",  "&&", ";",	";;",  ">",    ">>", "<",
		"<<", "2>", "|&", "&>", "2>&1", ">&2", "1>&2", "2>>"};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strcmp(word, operators[i]) == 0)
			return true;
	}
	return false;
}

/* Copies the character behind the backslash at `at`; the end of a line goes.
 * Returns 0, or -1 when there is none. */
static int copy_escaped(struct splitter *splitter)
{
	const char c = *++splitter->at;

	if (!c)
		return -1;
	if (c != '\n')
		*splitter->out++ = c;
	splitter->at++;
	return 0;
}

/* Copies the word at `at`. Returns 0, or -1 and the reason. */
static int copy_word(struct splitter *splitter, size_t *offset,
		     struct error *error)
{
	const char *word = splitter->out;
	bool bare = true;

	*offset = (size_t)(splitter->at - splitter->text);
	while (*splitter->at && !is_blank(*splitter->at)) {
		const size_t start = (size_t)(splitter->at - splitter->text);
		const char c = *splitter->at;

		bare = bare && !strchr("'\"\\", c);
		if (!strchr("'\"\\", c)) {
			*splitter->out++ = *splitter->at++;
		} else if (c == '\\' && copy_escaped(splitter) != 0) {
			*offset = start;
			return error_set(error,
					 "the command ends in a backslash; "
					 "write two for the character itself");
		} else if (c != '\\' && copy_quoted(splitter) != 0) {
			*offset = start;
			return error_set(error,
					 "the quote %c is not closed; write "
					 "another one where it ends, or \\%c "
					 "for the character itself",
					 c, c);
		}
	}
	*splitter->out++ = '\0';
	if (bare && is_shell_operator(word))
		return error_set(error,
				 "'%s' is for a shell, and none runs; write "
				 "sh -c '…', or quote it to hand it over as it "
				 "is",
				 word);
	return 0;
}

int words_split(const char *text, struct arena *arena, struct words *words,
		size_t *offset, struct error *error)
{
	const size_t length = strlen(text);
	struct splitter splitter = {
		.text = text,
		.at = text,
		/* each word is at most as long as it was written, and its NUL
		 * takes the place of the blank behind it */
		.out = arena_alloc(arena, length + 1),
	};

	words->items =
		arena_alloc(arena, (length / 2 + 2) * sizeof(*words->items));
	words->count = 0;
	for (;;) {
		while (is_blank(*splitter.at))
			splitter.at++;
		if (!*splitter.at)
			return 0;
		words->items[words->count++] = splitter.out;
		if (copy_word(&splitter, offset, error) != 0)
			return -1;
	}
}
