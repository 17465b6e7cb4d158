#include "config.h"

#include "store/history-internal.h"

static int roll_up(struct history *history, enum history_statement statement,
		   const struct event_record *event, int64_t pool,
		   struct error *error)
{
	sqlite3_stmt *prepared = history->statements[statement];

	sqlite3_bind_int64(prepared, 1, pool);
	sqlite3_bind_int64(prepared, 2, (int64_t)event->worker - 1);
	sqlite3_bind_int64(prepared, 3, event->at_us);
	sqlite3_bind_int64(prepared, 4, (int64_t)event->cpu_permille);
	sqlite3_bind_int64(prepared, 5, (int64_t)event->rss_bytes);
	sqlite3_bind_int64(prepared, 6, (int64_t)event->threads);
	sqlite3_bind_int64(prepared, 7, (int64_t)event->open_files);
	return history_run(history, statement, error);
}

int history_add_sample(struct history *history,
		       const struct event_record *event, int64_t pool,
		       struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_SAMPLE];

	sqlite3_bind_int64(statement, 1, (int64_t)event->run);
	sqlite3_bind_int64(statement, 2, event->at_us);
	sqlite3_bind_int64(statement, 3, (int64_t)event->cpu_permille);
	sqlite3_bind_int64(statement, 4, (int64_t)event->rss_bytes);
	sqlite3_bind_int64(statement, 5, (int64_t)event->threads);
	sqlite3_bind_int64(statement, 6, (int64_t)event->open_files);
	if (history_run(history, STATEMENT_ADD_SAMPLE, error) < 0)
		return -1;
	if (pool == 0 || event->worker == 0)
		return 0;
	return roll_up(history, STATEMENT_ADD_MINUTE, event, pool, error) < 0 ||
			       roll_up(history, STATEMENT_ADD_HOUR, event, pool,
				       error) < 0
		       ? -1
		       : 0;
}
