#include "config.h"

#include "supervisor/core-file.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

/* What is read of the notes at most: those of the process come first, each of
 * its threads has some behind them. */
enum { NOTES_MAX = 1024 * 1024, SEGMENTS_MAX = 64 };

/* The name that Linux gives its notes; in all C libraries' headers or none. */
#ifndef NT_FILE
#define NT_FILE 0x46494c45
#endif

struct notes {
	const char *bytes;
	size_t size;
	uintptr_t entry; /* where the program begins; 0: not known */
	struct core_file *core;
};

static bool read_at(int fd, void *into, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX &&
	       pread(fd, into, size, (off_t)offset) == (ssize_t)size;
}

static void take_process(struct notes *notes, const char *at, size_t size)
{
	struct elf_prpsinfo info;

	if (size < sizeof(info))
		return;
	memcpy(&info, at, sizeof(info));
	notes->core->pid = info.pr_pid;
}

static void take_auxiliary(struct notes *notes, const char *at, size_t size)
{
	ElfW(auxv_t) one;

	for (; size >= sizeof(one); at += sizeof(one), size -= sizeof(one)) {
		memcpy(&one, at, sizeof(one));
		if (one.a_type == AT_ENTRY)
			notes->entry = one.a_un.a_val;
	}
}

/* A count, a page size, for each mapped file its start, end and offset, then
 * their paths, each with its end. The program is the one with the entry. */
static void take_files(struct notes *notes, const char *at, size_t size)
{
	const char *end = at + size;
	const char *path;
	unsigned long head[2], range[3];

	if (size < sizeof(head))
		return;
	memcpy(head, at, sizeof(head));
	at += sizeof(head);
	if (head[0] > (size - sizeof(head)) / sizeof(range))
		return;
	path = at + head[0] * sizeof(range);
	for (; head[0] > 0; head[0]--, at += sizeof(range)) {
		size_t length = strnlen(path, (size_t)(end - path));

		if (path + length == end)
			return;
		memcpy(range, at, sizeof(range));
		if (notes->entry >= range[0] && notes->entry < range[1]) {
			snprintf(notes->core->program,
				 sizeof(notes->core->program), "%s", path);
			return;
		}
		path += length + 1;
	}
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void take_notes(struct notes *notes)
{
	const char *at = notes->bytes;
	size_t left = notes->size;
	ElfW(Nhdr) head;

	while (left >= sizeof(head)) {
		size_t name, size;

		memcpy(&head, at, sizeof(head));
		name = padded(head.n_namesz);
		size = padded(head.n_descsz);
		left -= sizeof(head);
		at += sizeof(head);
		if (name > left || size > left - name)
			return;
		if (head.n_type == NT_PRPSINFO)
			take_process(notes, at + name, head.n_descsz);
		else if (head.n_type == NT_AUXV)
			take_auxiliary(notes, at + name, head.n_descsz);
		else if (head.n_type == NT_FILE)
			take_files(notes, at + name, head.n_descsz);
		at += name + size;
		left -= name + size;
	}
}

static int read_notes(int fd, const ElfW(Phdr) * segment,
		      struct core_file *core)
{
	size_t size = segment->p_filesz < NOTES_MAX ? segment->p_filesz
						    : (size_t)NOTES_MAX;
	char *bytes = malloc(size + 1);
	struct notes notes = {.bytes = bytes, .size = size, .core = core};
	bool done = bytes && read_at(fd, bytes, size, segment->p_offset);

	if (done)
		take_notes(&notes);
	free(bytes);
	return done && core->pid > 0 ? 0 : -1;
}

int core_file_read(int fd, struct core_file *core)
{
	const unsigned char class =
		sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	ElfW(Ehdr) head;
	ElfW(Phdr) segment;

	core->pid = 0;
	core->program[0] = '\0';
	if (!read_at(fd, &head, sizeof(head), 0) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != class || head.e_type != ET_CORE ||
	    head.e_phentsize != sizeof(segment))
		return -1;
	for (unsigned i = 0; i < head.e_phnum && i < SEGMENTS_MAX; i++) {
		if (!read_at(fd, &segment, sizeof(segment),
			     head.e_phoff + i * sizeof(segment)))
			return -1;
		if (segment.p_type == PT_NOTE)
			return read_notes(fd, &segment, core);
	}
	return -1;
}
