"""A program that prints and dies, for tests of what is kept of its output."""

import subprocess

# dying HOW BYTES: prints so many bytes in lines, then the last one, with the
# number of its run, and dies in that moment. dying any BYTES FOLDER COUNT: the
# first COUNT runs of each worker die, in turn in one of the ways but oom; the
# next one lives on. FOLDER is where they count.
PROGRAM = r"""
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print(const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(1, text, size);

		if (written < 0)
			_exit(99);
		text += written;
		size -= (size_t)written;
	}
}

/* How many runs of this worker there were, with this one. */
static long count_runs(const char *folder)
{
	char path[4096];
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, getenv("REEVE_INDEX"));
	file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (file < 0 || write(file, ".", 1) != 1)
		_exit(99);
	return (long)lseek(file, 0, SEEK_END);
}

int main(int argc, char **argv)
{
	static const char *const ways[] = {"exit", "segv", "kill"};
	const char *how = argv[1];
	long number;
	static char line[128 * 1024];
	size_t size = strtoul(argv[2], NULL, 10);

	if (strcmp(how, "any") == 0) {
		number = count_runs(argv[3]);
		how = ways[number % 3];
		while (number > atol(argv[4]))
			pause();
	}
	for (size_t i = 0; i < size; i++)
		line[i] = i % 80 == 79 ? '\n' : (char)('a' + i % 26);
	print(line, size);
	snprintf(line, sizeof(line), "\nlast of run %s\n", getenv("REEVE_RUN"));
	print(line, strlen(line));
	if (strcmp(how, "exit") == 0)
		_exit(3);
	if (strcmp(how, "segv") == 0)
		*(volatile int *)8 = 1;
	if (strcmp(how, "kill") == 0)
		kill(getpid(), SIGKILL);
	for (;;) {
		char *more = malloc(1 << 20);

		if (more)
			memset(more, 1, 1 << 20);
	}
	return argc;
}
"""


def compile_dying(folder):
    """Compiles it; returns its path."""
    (folder / "dying.c").write_text(PROGRAM)
    subprocess.run(["cc", "-O1", "-o", "dying", "dying.c"], check=True,
                   cwd=folder)
    return str(folder / "dying")


def wrong_tails(rows):
    """Of rows with run and tail, those whose tail does not end as it should.
    """
    return [(row["run"], (row["tail"] or "")[-100:]) for row in rows
            if not (row["tail"] or "").endswith(
                f"\nlast of run {row['run']}\n")]
