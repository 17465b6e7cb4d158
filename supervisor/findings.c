#include "config.h"

#include "supervisor/findings.h"

#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEGMENT_SIZE = 1024 * 1024,
	MAX_SEGMENTS = 16,
	/* What an encoded event takes beside its text. */
	EVENT_OVERHEAD = 8 * 1024,
};

static struct journal *find_journal(struct findings *findings)
{
	const struct helper *helper = findings->helper;
	char folder[600];
	struct journal_settings settings = {
		.folder = folder,
		.writer = helper->name,
		.segment_size = SEGMENT_SIZE,
		.max_segments = MAX_SEGMENTS,
		.wake_fd = helper->wake,
	};
	struct error error;

	if (findings->journal)
		return findings->journal;
	snprintf(folder, sizeof(folder), "%s/journal", helper->runtime);
	findings->journal = journal_open(&settings, &error);
	if (!findings->journal)
		fprintf(stderr, "reeve-sweeper: %s\n", error.text);
	return findings->journal;
}

void findings_store(struct findings *findings, const struct message *request,
		    struct event_record *event)
{
	struct journal *journal = find_journal(findings);
	size_t capacity = event->text.size + EVENT_OVERHEAD;
	char *record = malloc(capacity);
	ssize_t size;

	event->worker = request->index + 1;
	event->run = request->run;
	event->pid = request->pid;
	event->cause = request->cause;
	memcpy(event->pool, request->pool, sizeof(event->pool));
	size = record ? event_encode(event, record, capacity) : -1;
	if (journal && size >= 0) {
		journal_append(journal, JOURNAL_EVENT, EVENT_VERSION, record,
			       (size_t)size);
		journal_wake(journal);
	}
	free(record);
}

void findings_close(struct findings *findings)
{
	journal_close(findings->journal);
}
