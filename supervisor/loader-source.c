#include "config.h"

#include "supervisor/loader-source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads up to `size` bytes: how many there were, or -1 and errno. */
static ssize_t read_all(int fd, char *data, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, data + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

struct source *source_read(struct arena *arena, const char *path, size_t limit,
			   struct error *error)
{
	struct source *source = arena_alloc(arena, sizeof(*source));
	struct stat status;
	ssize_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) != 0) {
		error_set_errno(error, "cannot read %s", path);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	source->path = arena_text(arena, path, strlen(path));
	source->device = status.st_dev;
	source->inode = status.st_ino;
	if (S_ISREG(status.st_mode) && (size_t)status.st_size < limit)
		limit = (size_t)status.st_size;
	source->text = arena_alloc(arena, limit + 2);
	size = read_all(fd, source->text, limit + 1);
	if (size < 0)
		error_set_errno(error, "cannot read %s", path);
	else if ((size_t)size > limit)
		error_set(error,
			  "cannot read %s: a config has at most %zu KiB in all "
			  "its files",
			  path, SOURCE_LIMIT / 1024);
	close(fd);
	if (size < 0 || (size_t)size > limit)
		return NULL;
	source->text[size] = '\0';
	source->size = (size_t)size;
	return source;
}

/* The length of the UTF-8 character at `text` (RFC 3629), or 0. */
static size_t character_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask, bits;
		uint32_t least;
	} forms[] = {
		{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	if (text[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint32_t code = text[0] & (unsigned char)~forms[i].mask;

		if ((text[0] & forms[i].mask) != forms[i].bits)
			continue;
		for (size_t k = 1; k <= i + 1; k++) {
			if ((text[k] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text[k] & 0x3f);
		}
		if (code < forms[i].least || code > 0x10ffff ||
		    (code >= 0xd800 && code < 0xe000))
			return 0;
		return i + 2;
	}
	return 0;
}

bool source_is_text(const struct source *source, struct place *place)
{
	const unsigned char *text = (const unsigned char *)source->text;

	*place = (struct place){.source = source, .line = 1, .column = 1};
	for (size_t at = 0; at < source->size;) {
		size_t length = character_length(text + at);

		if (length == 0 || text[at] == 0x7f ||
		    (text[at] < 0x20 && !strchr("\t\n\r", text[at])) ||
		    text[at] == '\0')
			return false;
		at += length;
		place->column++;
		if (text[at - 1] == '\n') {
			place->line++;
			place->column = 1;
		}
	}
	return true;
}

const char *source_line(const struct source *source, unsigned number,
			size_t *length)
{
	const char *line = source->text;

	while (--number > 0 && *line) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	*length = strcspn(line, "\r\n");
	return line;
}

const char *source_relative(struct arena *arena, const struct source *source,
			    const char *path)
{
	const char *slash = strrchr(source->path, '/');

	if (path[0] == '/' || !slash)
		return path;
	return arena_print(arena, "%.*s/%s", (int)(slash - source->path),
			   source->path, path);
}
