-- history.db as schema 1 had it, with three runs.
CREATE TABLE pool (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hidden INTEGER NOT
  NULL);
CREATE TABLE cause (id INTEGER PRIMARY KEY, word TEXT NOT NULL, crash INTEGER NOT NULL);
CREATE TABLE kind (id INTEGER PRIMARY KEY, word TEXT NOT NULL);
CREATE TABLE journal (id INTEGER PRIMARY KEY, writer TEXT NOT NULL, number INTEGER NOT
  NULL, position INTEGER NOT NULL);
CREATE TABLE run (run INTEGER PRIMARY KEY, pool INTEGER, worker INTEGER, pid INTEGER,
  config INTEGER, started_at INTEGER, ready_at INTEGER, ended_at INTEGER, exit_code
  INTEGER, exit_signal INTEGER, core INTEGER, cause INTEGER, started_by TEXT, step TEXT,
  object TEXT, error_number INTEGER, state_after INTEGER, delay_ns INTEGER, cpu_user_us
  INTEGER, cpu_system_us INTEGER, max_rss_bytes INTEGER, minor_faults INTEGER,
  major_faults INTEGER, voluntary_switches INTEGER, involuntary_switches INTEGER,
  blocks_in INTEGER, blocks_out INTEGER, samples BLOB, why TEXT, told_errno INTEGER,
  told_exit_status INTEGER, told_status TEXT);
CREATE INDEX run_worker ON run (pool, worker);
CREATE INDEX run_open ON run (ended_at) WHERE ended_at IS NULL;
CREATE TABLE event (at INTEGER PRIMARY KEY, pool INTEGER, worker INTEGER, run INTEGER,
  kind INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE INDEX event_pool ON event (pool) WHERE pool IS NOT NULL;
CREATE INDEX event_worker ON event (pool, worker) WHERE worker IS NOT NULL;
CREATE TABLE output (run INTEGER PRIMARY KEY, at INTEGER NOT NULL, tail TEXT NOT NULL);
CREATE TABLE finding (run INTEGER NOT NULL, at INTEGER NOT NULL, cause INTEGER, text TEXT
  NOT NULL, PRIMARY KEY (run, at)) WITHOUT ROWID;
CREATE TABLE sample (run INTEGER NOT NULL, at INTEGER NOT NULL, cpu_permille INTEGER,
  rss_bytes INTEGER, threads INTEGER, open_files INTEGER, PRIMARY KEY (run, at)) WITHOUT
  ROWID;
CREATE TABLE config (config INTEGER PRIMARY KEY, loaded_at INTEGER NOT NULL, text TEXT);
CREATE VIEW runs AS SELECT run, pool.name AS pool, pool.name || '/' || worker AS worker,
  pid, config, started_at / 1e6 AS started_at, ready_at / 1e6 AS ready_at, ended_at / 1e6
  AS ended_at, exit_code, exit_signal, core, cause.word AS cause, started_by, (cpu_user_us
  + cpu_system_us) / 1e6 AS cpu_s, max_rss_bytes, why FROM run JOIN pool ON pool.id =
  run.pool LEFT JOIN cause ON cause.id = run.cause WHERE NOT pool.hidden;
CREATE VIEW events AS SELECT at / 1e6 AS at, pool.name AS pool, pool.name || '/' || worker
  AS worker, run, coalesce(kind.word, '?') AS event, detail FROM event LEFT JOIN pool ON
  pool.id = event.pool LEFT JOIN kind ON kind.id = event.kind WHERE NOT
  coalesce(pool.hidden, 0);
CREATE VIEW samples AS SELECT at / 1e6 AS at, run, pool.name || '/' || worker AS worker,
  cpu_permille / 10.0 AS cpu_percent, rss_bytes, threads, open_files FROM sample JOIN run
  USING (run) JOIN pool ON pool.id = run.pool WHERE NOT pool.hidden;
CREATE VIEW crashes AS SELECT run, pool.name || '/' || worker AS worker, ended_at / 1e6 AS
  at, cause.word AS cause, exit_code, exit_signal, tail FROM run JOIN pool ON pool.id =
  run.pool JOIN cause ON cause.id = run.cause LEFT JOIN output USING (run) WHERE
  cause.crash AND NOT pool.hidden;
CREATE VIEW evidence AS SELECT run, pool.name || '/' || worker AS worker, finding.at / 1e6
  AS at, cause.word AS cause, text FROM finding JOIN run USING (run) JOIN pool ON pool.id
  = run.pool LEFT JOIN cause ON cause.id = finding.cause WHERE NOT pool.hidden;
CREATE VIEW jobs AS SELECT NULL AS job, NULL AS pool, NULL AS state, NULL AS submitted_at,
  NULL AS started_at, NULL AS ended_at, NULL AS attempts, NULL AS exit_code, NULL AS
  command WHERE 0;
CREATE VIEW configs AS SELECT config, loaded_at / 1e6 AS loaded_at, text FROM config;
PRAGMA application_id = 1919247734;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
INSERT INTO pool VALUES (1, 'web', 0);
INSERT INTO cause VALUES (2, 'crashed', 1), (4, 'stopped', 0);
INSERT INTO kind VALUES (6, 'spawned'), (9, 'ended');
INSERT INTO run (run, pool, worker, pid, config, started_at, ended_at, exit_code,
  exit_signal, core, cause, started_by, state_after, delay_ns, samples) VALUES
  (1, 1, 0, 101, 1, 1000000, 2000000, 3, NULL, 0, 2, 'config', 5, 100000000, x'0102030405060708'),
  (2, 1, 0, 102, 1, 3000000, 4000000, 3, NULL, 0, 2, 'crash', 5, 200000000, NULL),
  (3, 1, 0, 103, 1, 5000000, NULL, NULL, NULL, NULL, NULL, 'crash', NULL, NULL, NULL);
INSERT INTO output VALUES (1, 2000000, 'error: no row 12' || char(10)),
  (2, 4000000, 'error: no row 13' || char(10));
INSERT INTO sample VALUES (1, 1000000, 100, 4096, 1, 5), (1, 1500000, 300, 8192, 2, 4),
  (3, 65000000, 500, 4096, 1, 5);
INSERT INTO event VALUES (1000000, 1, 0, 1, 6, '{}'), (2000000, 1, 0, 1, 9, '{}');
