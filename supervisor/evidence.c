#include "config.h"

#include "supervisor/evidence.h"

#include "supervisor/open-files.h"
#include "supervisor/stray.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	THREADS_MAX = 64,
	FILES_MAX = 256,
	CHILDREN_MAX = 64,
	/* No file of /proc that is read here is longer, but for cut ones. */
	TEXT_SIZE = 4096,
};

/* The files that a process may be forbidden to read of another. */
enum secret { SECRET_WCHAN, SECRET_SYSCALL, SECRET_STACK, SECRET_FD };

static const char *const secrets[] = {
	[SECRET_WCHAN] = "wchan",
	[SECRET_SYSCALL] = "syscall",
	[SECRET_STACK] = "stack",
	[SECRET_FD] = "open files",
};
enum { SECRET_COUNT = sizeof(secrets) / sizeof(secrets[0]) };

struct evidence {
	FILE *out;
	pid_t pid;
	pid_t threads[THREADS_MAX];
	size_t thread_count;
	struct stray *processes; /* all of the machine */
	size_t process_count;
	bool denied[SECRET_COUNT];
};

static const char *state_word(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "waiting for a device";
	case 'T':
		return "stopped";
	case 't':
		return "stopped by a tracer";
	case 'Z':
		return "ended, not reaped";
	case 'I':
		return "idle";
	case 'X':
		return "dead";
	default:
		return "?";
	}
}

/* Reads a file of a process; empty where it cannot be read, with errno. */
static int read_file(const char *path, char text[TEXT_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, TEXT_SIZE - 1);
	int reason = errno;

	text[size > 0 ? size : 0] = '\0';
	if (fd >= 0)
		close(fd);
	errno = reason;
	return size < 0 ? -1 : 0;
}

/* Reads a file of a thread and notes when that is forbidden. */
static void read_secret(struct evidence *evidence, pid_t thread,
			enum secret secret, char text[TEXT_SIZE])
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)evidence->pid,
		 (int)thread, secrets[secret]);
	if (read_file(path, text) < 0 && (errno == EACCES || errno == EPERM))
		evidence->denied[secret] = true;
}

/* ---- who is there ---- */

static pid_t next_pid(DIR *folder)
{
	const struct dirent *entry;

	while ((entry = readdir(folder)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			return (pid_t)strtol(entry->d_name, NULL, 10);
	return 0;
}

static void find_threads(struct evidence *evidence)
{
	char path[40];
	DIR *folder;
	pid_t thread;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)evidence->pid);
	folder = opendir(path);
	while (folder && evidence->thread_count < THREADS_MAX &&
	       (thread = next_pid(folder)) > 0)
		evidence->threads[evidence->thread_count++] = thread;
	if (folder)
		closedir(folder);
}

/* Short of memory there are fewer. */
static void find_processes(struct evidence *evidence)
{
	DIR *folder = opendir("/proc");
	size_t capacity = 0;
	pid_t pid;

	while (folder && (pid = next_pid(folder)) > 0) {
		struct stray *processes = evidence->processes;

		if (evidence->process_count == capacity) {
			capacity = capacity * 2 + 256;
			processes = realloc(processes,
					    capacity * sizeof(*processes));
			if (!processes)
				break;
			evidence->processes = processes;
		}
		if (stray_read(pid, &processes[evidence->process_count]) == 0)
			evidence->process_count++;
	}
	if (folder)
		closedir(folder);
}

static const struct stray *find_process(const struct evidence *evidence,
					pid_t pid)
{
	for (size_t i = 0; i < evidence->process_count; i++)
		if (evidence->processes[i].pid == pid)
			return &evidence->processes[i];
	return NULL;
}

/* Whether `process` descends from the one that this is about. */
static bool is_below(const struct evidence *evidence,
		     const struct stray *process)
{
	enum { PARENTS_MAX = 1000 };

	for (int i = 0; process && i < PARENTS_MAX; i++) {
		if (process->parent == evidence->pid)
			return true;
		process = process->parent > 1
				  ? find_process(evidence, process->parent)
				  : NULL;
	}
	return false;
}

/* ---- the first lines ---- */

static void write_doing(struct evidence *evidence, pid_t pid, pid_t thread)
{
	char path[80], text[TEXT_SIZE];
	int length;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/wchan", (int)pid,
		 (int)thread);
	if (read_file(path, text) < 0 && (errno == EACCES || errno == EPERM))
		evidence->denied[SECRET_WCHAN] = true;
	else if (text[0] != '\0' && strcmp(text, "0") != 0)
		fprintf(evidence->out, ", in %s", text);
	if (pid != evidence->pid)
		return;
	read_secret(evidence, thread, SECRET_SYSCALL, text);
	length = (int)strcspn(text, " \n");
	if (isdigit((unsigned char)text[0]))
		fprintf(evidence->out, ", system call %.*s", length, text);
}

/* Reads name and state of one thread. */
static int read_thread(const struct evidence *evidence, pid_t thread,
		       char name[STRAY_NAME_SIZE], char *state)
{
	char path[80], text[TEXT_SIZE];
	const char *begin, *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat",
		 (int)evidence->pid, (int)thread);
	read_file(path, text);
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end || end[1] == '\0')
		return -1;
	snprintf(name, STRAY_NAME_SIZE, "%.*s", (int)(end - begin) - 1,
		 begin + 1);
	*state = end[2];
	return 0;
}

static void write_threads(struct evidence *evidence, long count)
{
	char name[STRAY_NAME_SIZE], state;

	for (size_t i = 0; i < evidence->thread_count; i++) {
		pid_t thread = evidence->threads[i];

		if (read_thread(evidence, thread, name, &state) < 0)
			continue;
		fprintf(evidence->out, "thread %d %s: %c (%s)", (int)thread,
			name, state, state_word(state));
		write_doing(evidence, evidence->pid, thread);
		putc('\n', evidence->out);
	}
	if (count > (long)evidence->thread_count)
		fprintf(evidence->out, "and %ld more threads\n",
			count - (long)evidence->thread_count);
}

static void write_children(struct evidence *evidence)
{
	size_t count = 0;

	for (size_t i = 0; i < evidence->process_count; i++) {
		const struct stray *process = &evidence->processes[i];

		if (!is_below(evidence, process) || count++ >= CHILDREN_MAX)
			continue;
		fprintf(evidence->out, "child %d %s: %c (%s)",
			(int)process->pid, process->name, process->state,
			state_word(process->state));
		write_doing(evidence, process->pid, process->pid);
		putc('\n', evidence->out);
	}
	if (count > CHILDREN_MAX)
		fprintf(evidence->out, "and %zu more children\n",
			count - CHILDREN_MAX);
}

/* Tries what is read later too, so that one line names all that is
 * forbidden. */
static void write_denied(struct evidence *evidence)
{
	const char *separator = "not allowed to read: ";
	char text[TEXT_SIZE], path[40];
	DIR *folder;

	read_secret(evidence, evidence->pid, SECRET_STACK, text);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)evidence->pid);
	folder = opendir(path);
	evidence->denied[SECRET_FD] =
		!folder && (errno == EACCES || errno == EPERM);
	if (folder)
		closedir(folder);
	for (size_t i = 0; i < SECRET_COUNT; i++) {
		if (!evidence->denied[i])
			continue;
		fprintf(evidence->out, "%s%s", separator, secrets[i]);
		separator = ", ";
	}
	if (*separator == ',')
		putc('\n', evidence->out);
}

/* ---- the rest ---- */

static void write_indented(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		fprintf(out, "  %.*s\n", (int)length, text);
		text += length;
		text += *text == '\n';
	}
}

static void write_stacks(struct evidence *evidence)
{
	char text[TEXT_SIZE];

	for (size_t i = 0; i < evidence->thread_count; i++) {
		pid_t thread = evidence->threads[i];

		read_secret(evidence, thread, SECRET_STACK, text);
		if (text[0] == '\0')
			continue;
		fprintf(evidence->out, "\nkernel stack of thread %d\n",
			(int)thread);
		write_indented(evidence->out, text);
		read_secret(evidence, thread, SECRET_SYSCALL, text);
		write_indented(evidence->out, text);
	}
}

/* By readlink(2) alone: nothing is opened, no file system is asked. */
static void write_files(const struct evidence *evidence)
{
	char path[64], target[512];
	size_t count = 0;
	DIR *folder;
	pid_t number;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)evidence->pid);
	folder = opendir(path);
	if (!folder)
		return;
	fputs("\nopen files\n", evidence->out);
	while ((entry = readdir(folder)) != NULL) {
		ssize_t size;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    count++ >= FILES_MAX)
			continue;
		number = (pid_t)strtol(entry->d_name, NULL, 10);
		size = readlinkat(dirfd(folder), entry->d_name, target,
				  sizeof(target));
		fprintf(evidence->out, "  %d %.*s\n", (int)number,
			size > 0 ? (int)size : 0, target);
	}
	if (count > FILES_MAX)
		fprintf(evidence->out, "  and %zu more\n", count - FILES_MAX);
	closedir(folder);
}

static void write_status(const struct evidence *evidence)
{
	char path[64], text[TEXT_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)evidence->pid);
	if (read_file(path, text) < 0)
		return;
	fputs("\nstatus\n", evidence->out);
	write_indented(evidence->out, text);
}

void evidence_write(FILE *out, pid_t pid)
{
	struct evidence evidence = {.out = out, .pid = pid};
	struct stray process;

	if (stray_read(pid, &process) < 0 || process.state == 'X') {
		fprintf(out, "process %d is gone\n", (int)pid);
		fflush(out);
		return;
	}
	fprintf(out, "process %d %s: %c (%s), %ld thread%s, %u open files\n",
		(int)pid, process.name, process.state,
		state_word(process.state), process.threads,
		process.threads == 1 ? "" : "s", open_files_count(pid));
	find_threads(&evidence);
	write_threads(&evidence, process.threads);
	fflush(out);
	find_processes(&evidence);
	write_children(&evidence);
	write_denied(&evidence);
	fflush(out);
	write_stacks(&evidence);
	fflush(out);
	write_files(&evidence);
	fflush(out);
	write_status(&evidence);
	fflush(out);
	free(evidence.processes);
}
