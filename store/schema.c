#include "config.h"

#include "store/schema.h"

#include <stddef.h>

/*
 * Events have their time as their key: rows in the order of time, and no index
 * for it. Two at the same microsecond are moved apart when they are written.
 * Without ANALYZE the planner has no numbers to go by, so queries name the
 * index that they want, and a test pins their plans.
 *
 * What is large and seldom read of a run (output, trend, core) lies in tables
 * of its own, so that many runs are counted by reading few pages.
 */

/* By workers, who outlive the rows of their runs: sums and maxima of the
 * samples in the minute, or hour, that begins with `at`. */
#define ROLL_UP_TABLE(name)                                             \
	"CREATE TABLE " name " (pool INTEGER NOT NULL,"                 \
	" worker INTEGER NOT NULL, at INTEGER NOT NULL,"                \
	" count INTEGER NOT NULL, cpu_sum INTEGER NOT NULL,"            \
	" cpu_max INTEGER NOT NULL, rss_sum INTEGER NOT NULL,"          \
	" rss_max INTEGER NOT NULL, threads INTEGER NOT NULL,"          \
	" open_files INTEGER NOT NULL, PRIMARY KEY (pool, worker, at))" \
	" WITHOUT ROWID;"

/* What schema 2 has and schema 1 had not; of crash_group, a code of -1 and a
 * signal of 0 are none. */
static const char tables_of_2_sql[] =
	"CREATE TABLE trend (run INTEGER PRIMARY KEY,"
	" samples BLOB NOT NULL);"
	"CREATE TABLE core (run INTEGER PRIMARY KEY, path TEXT,"
	" backtrace TEXT);"
	"CREATE TABLE crash_group (id INTEGER PRIMARY KEY,"
	" pool INTEGER NOT NULL, cause INTEGER NOT NULL,"
	" exit_code INTEGER NOT NULL, exit_signal INTEGER NOT NULL,"
	" sign TEXT NOT NULL,"
	" UNIQUE (pool, cause, exit_code, exit_signal, sign));" ROLL_UP_TABLE(
		"minute") ROLL_UP_TABLE("hour")
	/* enum worker_state as words */
	"CREATE TABLE state (id INTEGER PRIMARY KEY, word TEXT NOT NULL);"
	/* what the recorder keeps in mind between passes of upkeep */
	"CREATE TABLE upkeep (name TEXT PRIMARY KEY,"
	" value INTEGER NOT NULL) WITHOUT ROWID;";

static const char tables_sql[] =
	"CREATE TABLE pool (id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE, hidden INTEGER NOT NULL);"
	/* enum end_cause and enum event_kind as words */
	"CREATE TABLE cause (id INTEGER PRIMARY KEY, word TEXT NOT NULL,"
	" crash INTEGER NOT NULL);"
	"CREATE TABLE kind (id INTEGER PRIMARY KEY, word TEXT NOT NULL);"
	/* how far each segment of a journal is in this file */
	"CREATE TABLE journal (id INTEGER PRIMARY KEY, writer TEXT NOT NULL,"
	" number INTEGER NOT NULL, position INTEGER NOT NULL);"
	"CREATE TABLE run (run INTEGER PRIMARY KEY, pool INTEGER,"
	" worker INTEGER, pid INTEGER, config INTEGER, started_at INTEGER,"
	" ready_at INTEGER, ended_at INTEGER, exit_code INTEGER,"
	" exit_signal INTEGER, core INTEGER, cause INTEGER,"
	" started_by TEXT, step TEXT, object TEXT, error_number INTEGER,"
	" state_after INTEGER, delay_ns INTEGER, cpu_user_us INTEGER,"
	" cpu_system_us INTEGER, max_rss_bytes INTEGER,"
	" minor_faults INTEGER, major_faults INTEGER,"
	" voluntary_switches INTEGER, involuntary_switches INTEGER,"
	" blocks_in INTEGER, blocks_out INTEGER, why TEXT,"
	" told_errno INTEGER, told_exit_status INTEGER, told_status TEXT,"
	" started_uid INTEGER, started_command TEXT, ended_uid INTEGER,"
	" ended_command TEXT, cpus TEXT, memory_limit_bytes INTEGER,"
	" memory_peak_bytes INTEGER, oom_kills INTEGER,"
	" crash_group INTEGER);"
	"CREATE TABLE event (at INTEGER PRIMARY KEY, pool INTEGER,"
	" worker INTEGER, run INTEGER, kind INTEGER NOT NULL,"
	" detail TEXT NOT NULL);"
	"CREATE TABLE output (run INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" tail TEXT NOT NULL);"
	"CREATE TABLE finding (run INTEGER NOT NULL, at INTEGER NOT NULL,"
	" cause INTEGER, text TEXT NOT NULL, PRIMARY KEY (run, at))"
	" WITHOUT ROWID;"
	"CREATE TABLE sample (run INTEGER NOT NULL, at INTEGER NOT NULL,"
	" cpu_permille INTEGER, rss_bytes INTEGER, threads INTEGER,"
	" open_files INTEGER, PRIMARY KEY (run, at)) WITHOUT ROWID;"
	"CREATE TABLE config (config INTEGER PRIMARY KEY,"
	" loaded_at INTEGER NOT NULL, text TEXT);";

static const char indexes_sql[] =
	"CREATE INDEX run_worker ON run (pool, worker);"
	"CREATE INDEX run_open ON run (ended_at) WHERE ended_at IS NULL;"
	"CREATE INDEX run_ended ON run (ended_at);"
	"CREATE INDEX run_crash ON run (ended_at, crash_group, pool, worker)"
	" WHERE crash_group IS NOT NULL;"
	"CREATE INDEX run_group ON run (crash_group, ended_at)"
	" WHERE crash_group IS NOT NULL;"
	"CREATE INDEX core_path ON core (path) WHERE path IS NOT NULL;"
	"CREATE INDEX event_pool ON event (pool) WHERE pool IS NOT NULL;"
	"CREATE INDEX event_worker ON event (pool, worker)"
	" WHERE worker IS NOT NULL;"
	"CREATE INDEX event_kind ON event (kind);";

#define ROLL_UP_VIEW(name, table)                                           \
	"CREATE VIEW " name " AS SELECT at / 1e6 AS at, pool.name AS pool," \
	" pool.name || '/' || worker AS worker,"                            \
	" cpu_sum / 10.0 / count AS cpu_percent,"                           \
	" cpu_max / 10.0 AS cpu_percent_max,"                               \
	" rss_sum / count AS rss_bytes, rss_max AS rss_bytes_max, threads," \
	" open_files FROM " table " JOIN pool ON pool.id = " table ".pool"  \
	" WHERE NOT pool.hidden;"

static const char views_sql[] =
	"CREATE VIEW runs AS SELECT run, pool.name AS pool,"
	" pool.name || '/' || worker AS worker, pid, config,"
	" started_at / 1e6 AS started_at, ready_at / 1e6 AS ready_at,"
	" ended_at / 1e6 AS ended_at, exit_code, exit_signal, run.core,"
	" cause.word AS cause, started_by,"
	" (cpu_user_us + cpu_system_us) / 1e6 AS cpu_s, max_rss_bytes, why,"
	" started_uid, started_command, ended_uid, ended_command, cpus,"
	" cpu_user_us / 1e6 AS cpu_user_s,"
	" cpu_system_us / 1e6 AS cpu_system_s, minor_faults, major_faults,"
	" voluntary_switches, involuntary_switches, blocks_in, blocks_out,"
	" memory_limit_bytes, memory_peak_bytes, oom_kills,"
	" path AS core_path, state.word AS state_after,"
	" CASE WHEN state.word = 'backoff' THEN delay_ns / 1e9 END"
	" AS restart_delay_s, crash_group"
	" FROM run JOIN pool ON pool.id = run.pool"
	" LEFT JOIN cause ON cause.id = run.cause"
	" LEFT JOIN state ON state.id = run.state_after"
	" LEFT JOIN core USING (run) WHERE NOT pool.hidden;"

	"CREATE VIEW events AS SELECT at / 1e6 AS at, pool.name AS pool,"
	" pool.name || '/' || worker AS worker, run,"
	" coalesce(kind.word, '?') AS event, detail"
	" FROM event LEFT JOIN pool ON pool.id = event.pool"
	" LEFT JOIN kind ON kind.id = event.kind"
	" WHERE NOT coalesce(pool.hidden, 0);"

	"CREATE VIEW samples AS SELECT at / 1e6 AS at, run,"
	" pool.name || '/' || worker AS worker,"
	" cpu_permille / 10.0 AS cpu_percent, rss_bytes, threads, open_files"
	" FROM sample JOIN run USING (run) JOIN pool ON pool.id = run.pool"
	" WHERE NOT pool.hidden;"

	"CREATE VIEW crashes AS SELECT run,"
	" pool.name || '/' || worker AS worker, ended_at / 1e6 AS at,"
	" cause.word AS cause, exit_code, exit_signal, tail, crash_group,"
	" backtrace FROM run JOIN pool ON pool.id = run.pool"
	" JOIN cause ON cause.id = run.cause LEFT JOIN output USING (run)"
	" LEFT JOIN core USING (run) WHERE cause.crash AND NOT pool.hidden;"

	"CREATE VIEW crash_groups AS SELECT crash_group, pool.name AS pool,"
	" cause.word AS cause, nullif(crash_group.exit_code, -1) AS exit_code,"
	" nullif(crash_group.exit_signal, 0) AS exit_signal, sign,"
	" count(*) AS crashes, count(DISTINCT run.worker) AS workers,"
	" min(ended_at) / 1e6 AS first_at, max(ended_at) / 1e6 AS last_at"
	" FROM run INDEXED BY run_group"
	" JOIN crash_group ON crash_group.id = run.crash_group"
	" JOIN pool ON pool.id = run.pool"
	" JOIN cause ON cause.id = crash_group.cause"
	" WHERE crash_group IS NOT NULL AND NOT pool.hidden"
	" GROUP BY crash_group;"

	"CREATE VIEW evidence AS SELECT run,"
	" pool.name || '/' || worker AS worker, finding.at / 1e6 AS at,"
	" cause.word AS cause, text FROM finding JOIN run USING (run)"
	" JOIN pool ON pool.id = run.pool"
	" LEFT JOIN cause ON cause.id = finding.cause WHERE NOT pool.hidden;"

	"CREATE VIEW jobs AS SELECT NULL AS job, NULL AS pool, NULL AS state,"
	" NULL AS submitted_at, NULL AS started_at, NULL AS ended_at,"
	" NULL AS attempts, NULL AS exit_code, NULL AS command WHERE 0;"

	"CREATE VIEW configs AS SELECT config, loaded_at / 1e6 AS loaded_at,"
	" text FROM config;";

static const char roll_up_views_sql[] =
	ROLL_UP_VIEW("minutes", "minute") ROLL_UP_VIEW("hours", "hour");

/* Fills a roll-up from samples, `span` microseconds each. */
#define ROLL_UP_SAMPLES(table, span)                                       \
	"INSERT INTO " table " SELECT run.pool, run.worker,"               \
	" sample.at / " span " * " span ", count(*),"                      \
	" sum(coalesce(cpu_permille, 0)), max(coalesce(cpu_permille, 0))," \
	" sum(coalesce(rss_bytes, 0)), max(coalesce(rss_bytes, 0)),"       \
	" max(coalesce(threads, 0)), max(coalesce(open_files, 0))"         \
	" FROM sample JOIN run USING (run) WHERE run.pool IS NOT NULL"     \
	" AND run.worker IS NOT NULL GROUP BY 1, 2, 3;"

static const char to_2_sql[] =
	"INSERT INTO trend SELECT run, samples FROM run"
	" WHERE samples IS NOT NULL;"
	"ALTER TABLE run DROP COLUMN samples;"
	"ALTER TABLE run ADD COLUMN started_uid INTEGER;"
	"ALTER TABLE run ADD COLUMN started_command TEXT;"
	"ALTER TABLE run ADD COLUMN ended_uid INTEGER;"
	"ALTER TABLE run ADD COLUMN ended_command TEXT;"
	"ALTER TABLE run ADD COLUMN cpus TEXT;"
	"ALTER TABLE run ADD COLUMN memory_limit_bytes INTEGER;"
	"ALTER TABLE run ADD COLUMN memory_peak_bytes INTEGER;"
	"ALTER TABLE run ADD COLUMN oom_kills INTEGER;"
	"ALTER TABLE run ADD COLUMN crash_group INTEGER;" ROLL_UP_SAMPLES(
		"minute", "60000000") ROLL_UP_SAMPLES("hour", "3600000000");

const char *const schema_parts[] = {tables_sql, tables_of_2_sql,   indexes_sql,
				    views_sql,	roll_up_views_sql, NULL};

const char *const schema_rest[] = {indexes_sql, views_sql, roll_up_views_sql,
				   NULL};

const char *const *schema_migration(int version)
{
	static const char *const migrations[SCHEMA_VERSION][3] = {
		[1] = {tables_of_2_sql, to_2_sql, NULL},
	};

	return version > 0 && version < SCHEMA_VERSION ? migrations[version]
						       : NULL;
}
