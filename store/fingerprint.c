#include "config.h"

#include "store/fingerprint.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	/* An error is looked for in so many lines from the end … */
	LINES_MAX = 20,
	/* … and in so many bytes of each. */
	LINE_SIZE = 512,
	/* Functions that make a sign. */
	FRAMES_MAX = 3,
	/* Hexadecimal digits in a row that are a number, not a word. */
	HEX_MIN = 8,
};

static const char *const error_words[] = {
	"error",      "fatal",	       "panic",	   "exception",
	"assert",     "abort",	       "fail",	   "cannot",
	"can't",      "could not",     "unable",   "denied",
	"refused",    "segmentation",  "overflow", "corrupt",
	"undefined",  "invalid",       "no such",  "not found",
	"unexpected", "out of memory", "critical", "terminate called",
};

static bool names_error(const char *line)
{
	for (size_t i = 0; i < sizeof(error_words) / sizeof(*error_words); i++)
		if (strcasestr(line, error_words[i]))
			return true;
	return false;
}

/* Copies the line that ends before `end`; returns where it starts. */
static const char *copy_line(const char *text, const char *end,
			     char line[LINE_SIZE])
{
	const char *start = end;

	while (start > text && start[-1] != '\n')
		start--;
	snprintf(line, LINE_SIZE, "%.*s", (int)(end - start), start);
	return start;
}

/* Finds the line that says what went wrong. */
static bool find_line(const char *tail, bool spoke, char line[LINE_SIZE])
{
	const char *end = tail + strlen(tail);
	char last[LINE_SIZE] = "";

	for (int i = 0; i < LINES_MAX && end > tail; i++) {
		end = copy_line(tail, end, line);
		if (names_error(line))
			return true;
		if (last[0] == '\0' && line[strspn(line, " \t\r")] != '\0')
			memcpy(last, line, sizeof(last));
		if (end > tail)
			end--;
	}
	memcpy(line, last, sizeof(last));
	return spoke && line[0] != '\0';
}

/* How many bytes at `text` are an escape sequence of a terminal (ECMA-48,
 * 5.4). */
static size_t escape_length(const char *text)
{
	size_t length = 2;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	while (text[length] >= 0x20 && text[length] < 0x40)
		length++;
	return text[length] != '\0' ? length + 1 : length;
}

/* How many bytes at `text`, before which `before` stands, are a number: digits,
 * 0x…, or what looks like a hash. */
static size_t number_length(const char *text, char before)
{
	size_t hex = strspn(text, "0123456789abcdefABCDEF");
	size_t digits = strspn(text, "0123456789");

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return 2 + strspn(text + 2, "0123456789abcdefABCDEF");
	if (hex >= HEX_MIN && !isalnum((unsigned char)before) &&
	    !isalnum((unsigned char)text[hex]) &&
	    strcspn(text, "0123456789") < hex)
		return hex;
	return digits;
}

/* Writes a "#" for a number; times and dates become one. */
static size_t add_number(char *sign, size_t used)
{
	if (used >= 1 && sign[used - 1] == '#')
		return used;
	if (used >= 2 && sign[used - 2] == '#' &&
	    strchr(".,:-/T_+", sign[used - 1]))
		return used - 1;
	sign[used] = '#';
	return used + 1;
}

/* Drops a letter of UTF-8 that may have been cut in two. */
static void end_whole(char *sign, size_t used)
{
	while (used > 0 && ((unsigned char)sign[used - 1] & 0xc0) == 0x80)
		used--;
	if (used > 0 && (unsigned char)sign[used - 1] >= 0xc0)
		sign[used - 1] = '\0';
}

static void normalise(const char *line, char sign[SIGN_SIZE])
{
	size_t used = 0, length;
	char before = '\0';

	while (*line != '\0' && used + 1 < SIGN_SIZE) {
		length = escape_length(line);
		if (length > 0) {
			line += length;
			continue;
		}
		length = number_length(line, before);
		if (length > 0) {
			used = add_number(sign, used);
		} else if (isspace((unsigned char)*line)) {
			if (used > 0 && sign[used - 1] != ' ')
				sign[used++] = ' ';
			length = 1;
		} else {
			sign[used++] = *line;
			length = 1;
		}
		before = line[length - 1];
		line += length;
	}
	sign[used] = '\0';
	if (*line != '\0')
		end_whole(sign, used);
	else if (used > 0 && sign[used - 1] == ' ')
		sign[used - 1] = '\0';
}

/* Whether a function only carries out the end. */
static bool is_messenger(const char *name, size_t length)
{
	static const char *const names[] = {
		"raise",
		"abort",
		"__GI_raise",
		"__GI_abort",
		"??",
		"__assert_fail",
		"__GI___assert_fail",
		"kill",
		"pthread_kill",
		"__pthread_kill",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length &&
		    memcmp(names[i], name, length) == 0)
			return true;
	return length > 15 && (memcmp(name, "__pthread_kill_", 15) == 0 ||
			       memcmp(name, "__assert_fail_b", 15) == 0);
}

/* The function of a line like "#0 parse at main.c:12"; NULL where it is none.
 */
static const char *function_of(const char *line, size_t *length)
{
	if (*line != '#')
		return NULL;
	line += 1 + strspn(line + 1, "0123456789");
	line += strspn(line, " ");
	*length = strcspn(line, " (\n");
	return *length > 0 ? line : NULL;
}

static void join_functions(const char *backtrace, char sign[SIGN_SIZE])
{
	size_t used = 0, length;

	sign[0] = '\0';
	for (int count = 0; count < FRAMES_MAX && backtrace;) {
		const char *name = function_of(backtrace, &length);

		if (name && !is_messenger(name, length)) {
			used += (size_t)snprintf(
				sign + used, SIGN_SIZE - used, "%s%.*s",
				count > 0 ? " < " : "in ", (int)length, name);
			count++;
		}
		if (used >= SIGN_SIZE)
			return;
		backtrace = strchr(backtrace, '\n');
		if (backtrace)
			backtrace++;
	}
}

void fingerprint(const char *tail, bool spoke, const char *backtrace,
		 char sign[SIGN_SIZE])
{
	char line[LINE_SIZE];

	sign[0] = '\0';
	if (tail && find_line(tail, spoke, line))
		normalise(line, sign);
	else if (backtrace)
		join_functions(backtrace, sign);
}
