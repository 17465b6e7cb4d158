#include "config.h"

#include "supervisor/backtrace.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ioprio_set(2) has no header. */
enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_IDLE = 3 << 13 };

/* What it may take at most. */
static const rlim_t cpu_s = 30;
static const rlim_t memory_bytes = (rlim_t)4 << 30;

/* Where the distributions put it, and no other: it may run as root. */
static const char *const places[] = {"/usr/bin/gdb", "/usr/local/bin/gdb",
				     "/bin/gdb"};

static const char *find_gdb(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

int backtrace_is_possible(void)
{
	return find_gdb() != NULL;
}

static void limit(int resource, rlim_t value)
{
	const struct rlimit both = {value, value};

	setrlimit(resource, &both);
}

/* Where one of these is refused it is as good as before. */
static void give_way(void)
{
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	limit(RLIMIT_CPU, cpu_s);
	limit(RLIMIT_AS, memory_bytes);
	limit(RLIMIT_CORE, 0);
}

/* What a core and its program make gdb do, they could have done themselves. */
static int become_owner(int fd)
{
	struct stat status;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (geteuid() != 0)
		return 0;
	if (fstat(fd, &status) < 0)
		return -1;
	if (status.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 ||
	    setresgid(status.st_gid, status.st_gid, status.st_gid) < 0 ||
	    setresuid(status.st_uid, status.st_uid, status.st_uid) < 0)
		return -1;
	/* The change of the user has taken it away. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void backtrace_execute(const char *program, int fd)
{
	char bt[32], core[32];
	static const char *const environment[] = {"PATH=/usr/bin:/bin",
						  "LC_ALL=C.UTF-8",
						  "HOME=/nonexistent", NULL};
	const char *const words[] = {
		"gdb",	 "-nx",
		"-q",	 "-batch",
		"-iex",	 "set auto-load off",
		"-iex",	 "set debuginfod enabled off",
		"-iex",	 "set pagination off",
		"-iex",	 "set confirm off",
		"-iex",	 "set width 0",
		"-iex",	 "set print address off",
		"-iex",	 "set print frame-arguments none",
		"-ex",	 bt,
		program, core,
		NULL,
	};
	char *arguments[sizeof(words) / sizeof(words[0])];
	char *variables[sizeof(environment) / sizeof(environment[0])];
	const char *gdb = find_gdb();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	snprintf(bt, sizeof(bt), "bt %d", (int)BACKTRACE_FRAMES);
	snprintf(core, sizeof(core), "/proc/self/fd/%d", fd);
	give_way();
	if (!gdb || null < 0 || dup2(null, 0) < 0 || dup2(null, 2) < 0 ||
	    fcntl(fd, F_SETFD, 0) < 0 || become_owner(fd) < 0)
		return;
	/* execve(2) changes none of the words, though it does not say so. */
	memcpy(arguments, words, sizeof(words));
	memcpy(variables, environment, sizeof(environment));
	execve(gdb, arguments, variables);
}

/* ---- its answer ---- */

/* Where `text` stands last from `begin` to before `end`; NULL: nowhere. */
static const char *find_last(const char *begin, const char *end,
			     const char *text)
{
	const char *found = NULL;
	const char *next = begin;

	while ((next = memmem(next, (size_t)(end - next), text,
			      strlen(text))) != NULL)
		found = next++;
	return found;
}

/* Writes one frame as "#N FUNCTION PLACE" where `line` is one. Returns its
 * number, or -1. Sets `*named` where the function has a name. */
static long clean_frame(const char *line, const char *end,
			char out[BACKTRACE_LINE], bool *named)
{
	const char *name, *arguments, *place, *in;
	char *after;
	long number;

	if (end - line < 4 || line[0] != '#' || line[1] < '0' || line[1] > '9')
		return -1;
	number = strtol(line + 1, &after, 10);
	name = after + strspn(after, " ");
	/* "0x… in FUNCTION", where addresses could not be turned off. */
	in = find_last(name, end, " in ");
	if (strncmp(name, "0x", 2) == 0 && in)
		name = in + 4;
	place = find_last(name, end, ") at ");
	if (!place)
		place = find_last(name, end, ") from ");
	arguments = find_last(name, place ? place : end, " (");
	if (!arguments)
		arguments = place ? place : end;
	place = place ? place + 1 : end;
	*named = *named || strncmp(name, "??", 2) != 0;
	snprintf(out, BACKTRACE_LINE, "#%ld %.*s%.*s", number,
		 (int)(arguments - name), name, (int)(end - place), place);
	return number;
}

char *backtrace_clean(const char *answer, size_t size)
{
	const char *end = answer + size;
	char frame[BACKTRACE_LINE];
	char *frames = malloc(BACKTRACE_FRAMES * (BACKTRACE_LINE + 1) + 1);
	size_t used = 0;
	long count = 0;
	bool named = false;

	while (frames && answer < end) {
		const char *line = answer;
		const char *next = memchr(line, '\n', (size_t)(end - line));
		long number;

		/* A line without an end was cut. */
		if (!next)
			break;
		answer = next + 1;
		number = clean_frame(line, next, frame, &named);
		/* gdb shows the first frame when it opens the core, too. */
		if (number == 0)
			used = count = 0;
		if (number != count || count >= BACKTRACE_FRAMES)
			continue;
		used += (size_t)snprintf(frames + used, BACKTRACE_LINE + 1,
					 "%s%s", used > 0 ? "\n" : "", frame);
		count++;
	}
	if (frames && named && count > 0)
		return frames;
	free(frames);
	return NULL;
}
