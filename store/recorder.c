#include "config.h"

#include "store/recorder.h"

#include "base/clock.h"
#include "store/event.h"
#include "store/notable.h"
#include "supervisor/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * reeve-recorder: moves the journals into history.db. It alone writes that
 * file. Nothing is kept in memory: what cannot be written stays in the
 * journals and is read again.
 */

enum {
	/* After the first record, more are gathered for so long … */
	GATHER_MS = 100,
	/* … and so many go into one transaction. */
	BATCH_SIZE = 1000,
	/* So long the last output of a crash is waited for before the crash is
	 * written without it. */
	OUTPUT_MS = 50,
	/* While the file cannot be written, the time between two tries. */
	RETRY_MIN_MS = 200,
	RETRY_MAX_MS = 5000,
	/* So many tries are made when the supervisor waits for the end. */
	LAST_TRIES = 10,
};

static void take_note(struct recorder *recorder,
		      const struct event_record *event)
{
	char text[NOTABLE_TEXT_SIZE];

	if (!notable_describe(event, text))
		return;
	if (recorder->note_count < NOTES_MAX)
		recorder->notes[recorder->note_count] = strdup(text);
	recorder->note_count++;
}

/* Ends the notes of a transaction: they are said where it was committed. */
static void end_notes(struct recorder *recorder, bool say)
{
	for (size_t i = 0; i < recorder->note_count && i < NOTES_MAX; i++) {
		if (say && recorder->notes[i])
			fprintf(stderr, "reeve: %s\n", recorder->notes[i]);
		free(recorder->notes[i]);
	}
	if (say && recorder->note_count > NOTES_MAX)
		fprintf(stderr,
			"reeve: … and %zu more; `reeve history` has all\n",
			recorder->note_count - NOTES_MAX);
	recorder->note_count = 0;
}

/* What is kept less long than before goes at once. */
static void hear_retention(struct recorder *recorder,
			   const struct retention *retention)
{
	recorder->retention = *retention;
	recorder->trim_at_ns = clock_monotonic_ns();
	recorder->trimming = false;
}

static void hear_supervisor(struct recorder *recorder)
{
	struct message message;
	int result;

	do {
		result = message_receive(recorder->helper.socket, &message);
		if (result == 0 ||
		    (result < 0 && errno != EAGAIN && errno != EBADMSG) ||
		    (result > 0 && message.kind == MESSAGE_FINISH))
			recorder->finishing = true;
		else if (result > 0 && message.kind == MESSAGE_RETENTION)
			hear_retention(recorder, &message.retention);
	} while (result > 0 || (result < 0 && errno == EBADMSG));
}

/* Waits for the supervisor and for something to write, but for `timeout_ms` at
 * most. Returns whether there may be something to write. */
static bool wait_for_records(struct recorder *recorder, int timeout_ms)
{
	struct pollfd files[] = {
		{.fd = recorder->helper.socket, .events = POLLIN},
		{.fd = recorder->helper.wake, .events = POLLIN},
	};
	uint64_t count;

	if (poll(files, 2, timeout_ms) <= 0)
		return false;
	if (files[0].revents)
		hear_supervisor(recorder);
	/* How often it was woken does not matter. */
	return files[1].revents != 0 &&
	       read(recorder->helper.wake, &count, sizeof(count)) > 0;
}

static int add(struct recorder *recorder, const struct event_record *event,
	       struct error *error)
{
	take_note(recorder, event);
	return history_add(recorder->history, event, error);
}

static int add_damage(struct recorder *recorder, const char *writer,
		      uint64_t count, struct error *error)
{
	struct event_record gap = {
		.kind = EVENT_GAP,
		.at_us = clock_real_us(),
		.count = count,
		.text = {"damaged", strlen("damaged")},
	};

	snprintf(gap.by, sizeof(gap.by), "%s", writer);
	return add(recorder, &gap, error);
}

static int add_item(struct recorder *recorder, struct intake_item *item,
		    struct error *error)
{
	struct event_record event;

	if (item->has_record && item->record.type == JOURNAL_EVENT &&
	    event_decode(&event, item->record.data, item->record.size) == 0) {
		if (add(recorder, &event, error) < 0)
			return -1;
	} else if (item->has_record) {
		item->damaged++;
	}
	if (item->damaged > 0)
		return add_damage(recorder, item->writer, item->damaged, error);
	return 0;
}

/* Adds what is in the journals to the transaction, and how much that is to
 * `*count`. */
static int add_items(struct recorder *recorder, int *count, struct error *error)
{
	struct intake_item item;

	for (; *count < BATCH_SIZE && intake_next(recorder->intake, &item);
	     (*count)++)
		if (add_item(recorder, &item, error) < 0)
			return -1;
	return 0;
}

/* Where a crash is to be written whose last output the logger is still about to
 * tell, gives it a moment: both go into one transaction. */
static int add_outputs(struct recorder *recorder, int *count,
		       struct error *error)
{
	const int64_t end_ns =
		clock_monotonic_ns() + OUTPUT_MS * INT64_C(1000000);
	int64_t left_ns;

	while (history_awaits_output(recorder->history) &&
	       !recorder->finishing && *count < BATCH_SIZE &&
	       (left_ns = end_ns - clock_monotonic_ns()) > 0) {
		wait_for_records(recorder, (int)(left_ns / 1000000) + 1);
		if (intake_scan(recorder->intake, recorder->history, error) <
			    0 ||
		    add_items(recorder, count, error) < 0)
			return -1;
	}
	return 0;
}

/* One transaction. Returns how many records it holds, or -1 and the reason;
 * then nothing was written. */
static int record_batch(struct recorder *recorder, struct error *error)
{
	int count = 0, result;

	result = history_begin(recorder->history, error);
	if (result == 0)
		result = add_items(recorder, &count, error);
	if (result == 0)
		result = add_outputs(recorder, &count, error);
	if (result == 0)
		result =
			intake_save(recorder->intake, recorder->history, error);
	if (result == 0)
		result = history_commit(recorder->history, error);
	end_notes(recorder, result == 0);
	if (result == 0) {
		intake_committed(recorder->intake, recorder->history);
		return count;
	}
	history_rollback(recorder->history);
	intake_rolled_back(recorder->intake);
	return -1;
}

/* Only one recorder reads the journals: the one of a supervisor that died may
 * not be done yet. */
static int lock_journals(struct recorder *recorder, struct error *error)
{
	char path[600];

	if (recorder->folder >= 0)
		return 0;
	snprintf(path, sizeof(path), "%s/journal", recorder->helper.runtime);
	recorder->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (recorder->folder < 0)
		return error_set_errno(error, "cannot open %s", path);
	if (flock(recorder->folder, LOCK_EX | LOCK_NB) == 0)
		return 0;
	error_set_errno(error, "cannot lock %s", path);
	close(recorder->folder);
	recorder->folder = -1;
	return -1;
}

/* Writes all that is in the journals now. */
static int record_all(struct recorder *recorder, struct error *error)
{
	int count;

	if (lock_journals(recorder, error) < 0 ||
	    recorder_open_history(recorder, error) < 0 ||
	    recorder_write_warning(recorder, error) < 0 ||
	    intake_scan(recorder->intake, recorder->history, error) < 0)
		return -1;
	do
		count = record_batch(recorder, error);
	while (count == BATCH_SIZE);
	return count < 0 ? -1 : 0;
}

/* Tries once; a failure is said once, and its end too. Returns whether all is
 * in the history. */
static bool try_to_record(struct recorder *recorder)
{
	struct error error;

	if (record_all(recorder, &error) == 0) {
		if (recorder->retry_ms > 0)
			fprintf(stderr, "reeve: %s is written again\n",
				recorder->path);
		recorder->retry_ms = 0;
		return true;
	}
	if (recorder->retry_ms == 0 || recorder->refused)
		fprintf(stderr, "reeve: %s; %s\n", error.text,
			recorder->refused ? "the history stays as it is"
					  : "trying again");
	recorder_give_up_history(recorder, &error);
	recorder->retry_ms = recorder->retry_ms * 2;
	if (recorder->retry_ms < RETRY_MIN_MS)
		recorder->retry_ms = RETRY_MIN_MS;
	if (recorder->retry_ms > RETRY_MAX_MS)
		recorder->retry_ms = RETRY_MAX_MS;
	return false;
}

/* Waits for the supervisor, but for `timeout_ms` at most (-1: for ever). */
static void wait_for_supervisor(struct recorder *recorder, int timeout_ms)
{
	struct pollfd file = {.fd = recorder->helper.socket, .events = POLLIN};

	if (poll(&file, 1, timeout_ms) > 0)
		hear_supervisor(recorder);
}

/* How long there is nothing to do, unless something comes; -1: for ever. */
static int idle_ms(struct recorder *recorder)
{
	int64_t left_ms;

	if (recorder_tidy(recorder))
		return 0;
	if (recorder->trim_at_ns == INT64_MAX)
		return -1;
	left_ms = (recorder->trim_at_ns - clock_monotonic_ns()) / 1000000;
	return left_ms > 0 ? (int)left_ms + 1 : 0;
}

static void serve(struct recorder *recorder)
{
	while (!recorder->finishing) {
		if (!recorder->refused)
			try_to_record(recorder);
		if (recorder->finishing)
			break;
		if (recorder->refused)
			wait_for_supervisor(recorder, -1);
		else if (recorder->retry_ms > 0)
			wait_for_supervisor(recorder, recorder->retry_ms);
		else if (!wait_for_records(recorder, idle_ms(recorder)))
			continue;
		if (!recorder->finishing && recorder->retry_ms == 0)
			wait_for_supervisor(recorder, GATHER_MS);
	}
}

/* The supervisor waits for the end, or is gone. */
static bool finish(struct recorder *recorder)
{
	bool done = recorder->refused;

	for (int i = 0; i < LAST_TRIES && !done; i++) {
		if (i > 0)
			poll(NULL, 0, RETRY_MIN_MS);
		done = try_to_record(recorder) || recorder->refused;
	}
	if (!done)
		fprintf(stderr,
			"reeve: what is not in %s waits in %s/journal "
			"for the next start\n",
			recorder->path, recorder->helper.runtime);
	return done;
}

int main(int argc, char **argv)
{
	/* Nothing is tidied up before it is told how. */
	struct recorder recorder = {.folder = -1, .trim_at_ns = INT64_MAX};
	char folder[600];
	struct error error;
	bool done;

	if (helper_init(&recorder.helper, "recorder", argc, argv, &error) < 0) {
		fprintf(stderr, "reeve: %s\n", error.text);
		return 2;
	}
	helper_give_way();
	snprintf(recorder.path, sizeof(recorder.path), "%s/history.db",
		 recorder.helper.state);
	snprintf(folder, sizeof(folder), "%s/journal", recorder.helper.runtime);
	recorder.intake = intake_open(folder, &error);
	if (!recorder.intake) {
		fprintf(stderr, "reeve: %s\n", error.text);
		return 1;
	}
	serve(&recorder);
	done = finish(&recorder);
	recorder_close_history(&recorder);
	intake_close(recorder.intake);
	return done ? 0 : 1;
}
