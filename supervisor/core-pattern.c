#include "config.h"

#include "supervisor/core-pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A text that grows; too long where it does not fit. */
struct growing {
	char *text;
	size_t used;
	bool full;
};

static void add_byte(struct growing *growing, char byte)
{
	if (growing->used + 1 >= CORE_TEXT_SIZE) {
		growing->full = true;
		return;
	}
	growing->text[growing->used++] = byte;
	growing->text[growing->used] = '\0';
}

/* Adds what stands for itself in a glob pattern. */
static void add_literal(struct growing *growing, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("*?[\\", *text))
			add_byte(growing, '\\');
		add_byte(growing, *text);
	}
}

static void add_number(struct growing *growing, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	add_literal(growing, text);
}

/* One of the specifiers of core(5); the kernel leaves out unknown ones. */
static void add_specifier(struct growing *growing, char specifier,
			  const struct core_process *process)
{
	char host[256] = "";

	if (specifier == '%') {
		add_byte(growing, '%');
	} else if (specifier == 'p') {
		add_number(growing, process->pid);
	} else if (specifier == 's') {
		add_number(growing, process->signal);
	} else if (specifier == 'h') {
		gethostname(host, sizeof(host) - 1);
		add_literal(growing, host);
	} else if (strchr("cdeEfFgiIPtu", specifier)) {
		add_byte(growing, '*');
	}
}

static void hand_over(const char *pattern, const struct core_process *process,
		      char text[CORE_TEXT_SIZE])
{
	const char *program = pattern + 1 + strspn(pattern + 1, " ");
	int length = (int)strcspn(program, " \n");
	const char *name = memrchr(program, '/', (size_t)length);

	name = name ? name + 1 : program;
	if (pattern[0] == '@')
		snprintf(text, CORE_TEXT_SIZE, "sent to the socket %.*s",
			 length, program);
	else if (strncmp(name, "systemd-coredump", 16) == 0)
		snprintf(text, CORE_TEXT_SIZE,
			 "systemd-coredump has it: coredumpctl info %d",
			 (int)process->pid);
	else
		snprintf(text, CORE_TEXT_SIZE, "given to %.*s", length,
			 program);
}

enum core_place core_pattern_read(const char *pattern, bool uses_pid,
				  const struct core_process *process,
				  char text[CORE_TEXT_SIZE])
{
	struct growing growing = {.text = text};
	bool has_pid = false;

	text[0] = '\0';
	if (pattern[0] == '|' || pattern[0] == '@') {
		hand_over(pattern, process, text);
		return CORE_HANDED;
	}
	if (pattern[0] != '/') {
		add_literal(&growing, process->directory);
		add_byte(&growing, '/');
	}
	for (const char *at = pattern; *at != '\0' && *at != '\n'; at++) {
		const char one[] = {*at, '\0'};

		if (*at != '%') {
			add_literal(&growing, one);
			continue;
		}
		at++;
		if (*at == '\0' || *at == '\n')
			break;
		has_pid = has_pid || *at == 'p';
		add_specifier(&growing, *at, process);
	}
	if (uses_pid && !has_pid) {
		add_byte(&growing, '.');
		add_number(&growing, process->pid);
	}
	if (growing.full || growing.used == 0 || text[growing.used - 1] == '/')
		return CORE_NOWHERE;
	return CORE_IN_FILE;
}
