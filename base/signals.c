#include "config.h"

#include "base/signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* sigabbrev_np() came with glibc 2.32 and is not in musl. */
static const struct {
	const char *name;
	int number;
} names[] = {
	{"HUP", SIGHUP},       {"INT", SIGINT},	  {"QUIT", SIGQUIT},
	{"ILL", SIGILL},       {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},
	{"BUS", SIGBUS},       {"FPE", SIGFPE},	  {"KILL", SIGKILL},
	{"USR1", SIGUSR1},     {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},
	{"PIPE", SIGPIPE},     {"ALRM", SIGALRM}, {"TERM", SIGTERM},
	{"CHLD", SIGCHLD},     {"CONT", SIGCONT}, {"STOP", SIGSTOP},
	{"TSTP", SIGTSTP},     {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
	{"URG", SIGURG},       {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
	{"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH},
	{"IO", SIGIO},	       {"PWR", SIGPWR},	  {"SYS", SIGSYS},
#ifdef SIGSTKFLT
	{"STKFLT", SIGSTKFLT},
#endif
};
enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

static int parse_number(const char *text, int low, int high)
{
	size_t digits = strspn(text, "0123456789");
	int value;

	if (digits == 0 || digits > 3 || text[digits] != '\0')
		return -1;
	value = (int)strtol(text, NULL, 10);
	return value < low || value > high ? -1 : value;
}

int signal_parse(const char *name)
{
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < NAME_COUNT; i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].number;
	if (strncmp(name, "RTMIN", 5) == 0) {
		int offset;

		if (name[5] == '\0')
			return SIGRTMIN;
		if (name[5] != '+')
			return -1;
		offset = parse_number(name + 6, 0, SIGRTMAX - SIGRTMIN);
		return offset < 0 ? -1 : SIGRTMIN + offset;
	}
	return parse_number(name, 1, SIGRTMAX);
}

void signal_format(int number, char text[SIGNAL_TEXT_SIZE])
{
	for (size_t i = 0; i < NAME_COUNT; i++) {
		if (number == names[i].number) {
			snprintf(text, SIGNAL_TEXT_SIZE, "SIG%s",
				 names[i].name);
			return;
		}
	}
	if (number >= SIGRTMIN && number <= SIGRTMAX)
		snprintf(text, SIGNAL_TEXT_SIZE, "SIGRTMIN+%d",
			 number - SIGRTMIN);
	else
		snprintf(text, SIGNAL_TEXT_SIZE, "SIG%d", number);
}
