#include "config.h"

#include "base/clock.h"
#include "store/event-members.h"
#include "store/event.h"
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Appends events to a journal, for tests: append-events FOLDER WRITER WAKE_FD
 * SEGMENT_SIZE MAX_SEGMENTS reads lines of MEMBER=VALUE words ("kind=6 run=7
 * pool=web"; bytes in hex) and says "ok" or "lost" for each. A line "raw HEX"
 * appends these bytes instead of an event.
 */

enum { LINE_SIZE = 2 * 1024 * 1024 };

static const struct field members[] = {
#define X(tag, member, type, show)                                  \
	{tag, #member, type, offsetof(struct event_record, member), \
	 sizeof(((struct event_record *)0)->member)},
	EVENT_MEMBERS(X)
#undef X
};

static struct bytes from_hex(char *text)
{
	size_t size = strlen(text) / 2;

	for (size_t i = 0; i < size; i++) {
		char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};

		text[i] = (char)strtoul(digits, NULL, 16);
	}
	return (struct bytes){text, size};
}

static void set_member(struct event_record *event, const char *name,
		       char *value)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		char *at = (char *)event + members[i].offset;
		struct bytes bytes;
		uint64_t number;

		if (strcmp(members[i].name, name) != 0)
			continue;
		if (members[i].type == FIELD_TEXT) {
			snprintf(at, members[i].size, "%s", value);
		} else if (members[i].type == FIELD_BYTES) {
			bytes = from_hex(value);
			memcpy(at, &bytes, sizeof(bytes));
		} else {
			number = strtoull(value, NULL, 10);
			memcpy(at, &number, sizeof(number));
		}
		return;
	}
	fprintf(stderr, "append-events: no member %s\n", name);
	exit(2);
}

static int append(struct journal *journal, char *line)
{
	static char data[EVENT_TEXT_MAX + 8 * 1024];
	struct event_record event = {.at_us = clock_real_us()};
	struct bytes raw;
	char *rest = NULL;

	if (strncmp(line, "raw ", 4) == 0) {
		raw = from_hex(line + 4);
		return journal_append(journal, JOURNAL_EVENT, EVENT_VERSION,
				      raw.data, raw.size);
	}
	for (char *word = strtok_r(line, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(word, '=');

		if (!value)
			return -1;
		*value++ = '\0';
		set_member(&event, word, value);
	}
	return journal_append(journal, JOURNAL_EVENT, EVENT_VERSION, data,
			      (size_t)event_encode(&event, data, sizeof(data)));
}

int main(int argc, char **argv)
{
	static char line[LINE_SIZE];
	struct journal *journal;
	struct error error;

	if (argc != 6)
		return 2;
	journal = journal_open(
		&(struct journal_settings){
			.folder = argv[1],
			.writer = argv[2],
			.wake_fd = (int)strtol(argv[3], NULL, 10),
			.segment_size = strtoul(argv[4], NULL, 10),
			.max_segments = (unsigned)strtoul(argv[5], NULL, 10),
		},
		&error);
	if (!journal) {
		fprintf(stderr, "append-events: %s\n", error.text);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		puts(append(journal, line) == 0 ? "ok" : "lost");
		journal_wake(journal);
	}
	journal_close(journal);
	return 0;
}
