#include "config.h"

#include "store/recorder.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* Begins a new history in the place of a file that is junk. */
static int replace_junk(struct recorder *recorder, struct error *error)
{
	char aside[600];
	struct error why = *error;

	if (history_move_aside(recorder->path, aside, error) < 0)
		return -1;
	snprintf(recorder->warning, sizeof(recorder->warning),
		 "%.*s; moved to %s, a new history begins", 400, why.text,
		 aside);
	fprintf(stderr, "reeve: %s\n", recorder->warning);
	return 0;
}

void recorder_close_history(struct recorder *recorder)
{
	history_close(recorder->history);
	recorder->history = NULL;
	intake_forget(recorder->intake);
}

/* Leaves a file that is not the history any more. */
static int check_history(struct recorder *recorder, struct error *error)
{
	enum history_problem problem;

	if (!recorder->history ||
	    history_is_in_place(recorder->history, &problem, error))
		return 0;
	recorder_close_history(recorder);
	if (problem == HISTORY_JUNK)
		return replace_junk(recorder, error);
	fprintf(stderr, "reeve: %s; a new history begins\n", error->text);
	return 0;
}

int recorder_open_history(struct recorder *recorder, struct error *error)
{
	enum history_problem problem;

	if (check_history(recorder, error) < 0)
		return -1;
	if (recorder->history)
		return 0;
	recorder->history = history_open(recorder->path, &problem, error);
	if (!recorder->history && problem == HISTORY_JUNK &&
	    replace_junk(recorder, error) == 0)
		recorder->history =
			history_open(recorder->path, &problem, error);
	if (!recorder->history) {
		recorder->refused = problem == HISTORY_NEWER;
		return -1;
	}
	return 0;
}

int recorder_write_warning(struct recorder *recorder, struct error *error)
{
	struct event_record warning = {
		.kind = EVENT_WARNING,
		.at_us = clock_real_us(),
		.text = {recorder->warning, strlen(recorder->warning)},
	};

	if (recorder->warning[0] == '\0')
		return 0;
	if (history_begin(recorder->history, error) < 0 ||
	    history_add(recorder->history, &warning, error) < 0 ||
	    history_commit(recorder->history, error) < 0) {
		history_rollback(recorder->history);
		return -1;
	}
	recorder->warning[0] = '\0';
	return 0;
}

/* After a failure: the file is opened anew next time, or a new one begun. */
void recorder_give_up_history(struct recorder *recorder, struct error *error)
{
	bool junk = recorder->history &&
		    history_problem(recorder->history) == HISTORY_JUNK;

	recorder_close_history(recorder);
	if (junk && replace_junk(recorder, error) < 0)
		fprintf(stderr, "reeve: %s\n", error->text);
}
