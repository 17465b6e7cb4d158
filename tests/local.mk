# Unit tests (cmocka): one program for each module, run by `make check`.
# A test that needs only libbase.a is added to unit_tests; one that needs more
# names its libraries in NAME_LDADD.
if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

unit_tests = \
	%D%/unit/test-base

%C%_unit_test_base_SOURCES = %D%/unit/test-base.c
%C%_unit_test_base_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS)

# System tests (pytest): each file drives the real programs of the build
# folder. `make check -j2` runs the files side by side.
# The long ones come first.
system_tests = \
	%D%/system/test_thousand.py \
	%D%/system/test_examples.py \
	%D%/system/test_exact.py \
	%D%/system/test_faults.py \
	%D%/system/test_strace.py \
	%D%/system/test_valgrind.py \
	%D%/system/test_affinity.py \
	%D%/system/test_commands.py \
	%D%/system/test_main.py \
	%D%/system/test_refused.py \
	%D%/system/test_restart.py \
	%D%/system/test_gate.py \
	%D%/system/test_mini_init.py \
	%D%/system/test_scaling.py \
	%D%/system/test_rolling.py \
	%D%/system/test_sockets.py \
	%D%/system/test_stop.py

TEST_EXTENSIONS = .py
PY_LOG_COMPILER = $(SHELL) $(srcdir)/%D%/system/run
AM_TESTS_ENVIRONMENT = \
	REEVE_BUILD_DIR='$(abs_top_builddir)'; export REEVE_BUILD_DIR; \
	PYTHON='$(PYTHON)'; export PYTHON;
TESTS += $(system_tests)
EXTRA_DIST += $(system_tests) %D%/system/conftest.py %D%/system/run

# The words for how a run ended.
unit_tests += %D%/unit/test-ending
%C%_unit_test_ending_SOURCES = %D%/unit/test-ending.c
%C%_unit_test_ending_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_ending_LDADD = libbase.a $(CMOCKA_LIBS)

# Makes a live table of generated workers, for tests and benchmarks.
noinst_PROGRAMS += make-live-table
make_live_table_SOURCES = %D%/tools/make-live-table.c
make_live_table_LDADD = liblive.a libbase.a

# store
unit_tests += %D%/unit/test-event %D%/unit/test-journal \
	%D%/unit/test-journal-damage

%C%_unit_test_event_SOURCES = %D%/unit/test-event.c
%C%_unit_test_event_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
%C%_unit_test_event_LDADD = libstore.a libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

journal_fixture = %D%/unit/journal-fixture.c %D%/unit/journal-fixture.h
journal_fixture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
journal_fixture_LDADD = libstore.a libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS)
%C%_unit_test_journal_SOURCES = %D%/unit/test-journal.c $(journal_fixture)
%C%_unit_test_journal_CPPFLAGS = $(journal_fixture_CPPFLAGS)
%C%_unit_test_journal_LDADD = $(journal_fixture_LDADD)
%C%_unit_test_journal_damage_SOURCES = %D%/unit/test-journal-damage.c $(journal_fixture)
%C%_unit_test_journal_damage_CPPFLAGS = $(journal_fixture_CPPFLAGS)
%C%_unit_test_journal_damage_LDADD = $(journal_fixture_LDADD)

unit_tests += %D%/unit/test-moment
%C%_unit_test_moment_SOURCES = %D%/unit/test-moment.c
%C%_unit_test_moment_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_moment_LDADD = libbase.a $(CMOCKA_LIBS)

unit_tests += %D%/unit/test-query
%C%_unit_test_query_SOURCES = %D%/unit/test-query.c
%C%_unit_test_query_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_query_LDADD = libhistory.a libstore.a libbase.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

unit_tests += %D%/unit/test-fingerprint
%C%_unit_test_fingerprint_SOURCES = %D%/unit/test-fingerprint.c
%C%_unit_test_fingerprint_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_fingerprint_LDADD = libhistory.a libstore.a libbase.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

unit_tests += %D%/unit/test-trim
%C%_unit_test_trim_SOURCES = %D%/unit/test-trim.c
%C%_unit_test_trim_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_trim_LDADD = libhistory.a libstore.a libbase.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

# Appends events to a journal, for tests of the recorder.
noinst_PROGRAMS += append-events
append_events_SOURCES = %D%/tools/append-events.c
append_events_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
append_events_LDADD = libstore.a libbase.a $(JANSSON_LIBS)
system_tests += %D%/system/test_recorder.py \
	%D%/system/test_recorder_file.py %D%/system/test_history.py \
	%D%/system/test_migration.py %D%/system/test_retention.py \
	%D%/system/test_retention_told.py %D%/system/test_askers.py \
	%D%/system/test_cores.py %D%/system/test_last_lines.py \
	%D%/system/test_crash_storm.py
EXTRA_DIST += %D%/system/recording.py %D%/system/dying.py \
	%D%/system/data/schema-1.sql

# The commands about the past.
unit_tests += %D%/unit/test-stats
%C%_unit_test_stats_SOURCES = %D%/unit/test-stats.c
%C%_unit_test_stats_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_stats_LDADD = libhistory.a $(CMOCKA_LIBS)
system_tests += %D%/system/test_crashes.py %D%/system/test_export.py \
	%D%/system/test_odd_files.py %D%/system/test_past_runs.py %D%/system/test_past_screens.py \
	%D%/system/test_safe_text.py %D%/system/test_sql.py \
	%D%/system/test_stats.py

# How processes are started: by what, with what, and what can fail.
unit_tests += %D%/unit/test-spawn %D%/unit/test-spawn-child \
	%D%/unit/test-spawn-failure
spawn_fixture = %D%/unit/spawn-fixture.c %D%/unit/spawn-fixture.h
spawn_fixture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
spawn_fixture_LDADD = libspawn.a libbase.a $(CMOCKA_LIBS)
%C%_unit_test_spawn_SOURCES = %D%/unit/test-spawn.c $(spawn_fixture)
%C%_unit_test_spawn_CPPFLAGS = $(spawn_fixture_CPPFLAGS)
%C%_unit_test_spawn_LDADD = $(spawn_fixture_LDADD)
%C%_unit_test_spawn_child_SOURCES = %D%/unit/test-spawn-child.c \
	$(spawn_fixture)
%C%_unit_test_spawn_child_CPPFLAGS = $(spawn_fixture_CPPFLAGS)
%C%_unit_test_spawn_child_LDADD = $(spawn_fixture_LDADD)
%C%_unit_test_spawn_failure_SOURCES = %D%/unit/test-spawn-failure.c \
	$(spawn_fixture)
%C%_unit_test_spawn_failure_CPPFLAGS = $(spawn_fixture_CPPFLAGS)
%C%_unit_test_spawn_failure_LDADD = $(spawn_fixture_LDADD)

# The live table and what is shown of it.
unit_tests += %D%/unit/test-live-table
%C%_unit_test_live_table_SOURCES = %D%/unit/test-live-table.c
%C%_unit_test_live_table_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_live_table_LDADD = liblive.a libbase.a $(CMOCKA_LIBS)

# The sampler, on processes of the test.
unit_tests += %D%/unit/test-sampler %D%/unit/test-measure \
	%D%/unit/test-measure-tree
sampler_fixture = %D%/unit/sampler-fixture.c %D%/unit/sampler-fixture.h
sampler_fixture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
sampler_fixture_LDADD = libsampler.a libhelper.a liblive.a libbase.a \
	$(PROC2_LIBS) $(CMOCKA_LIBS)
%C%_unit_test_sampler_SOURCES = %D%/unit/test-sampler.c $(sampler_fixture)
%C%_unit_test_sampler_CPPFLAGS = $(sampler_fixture_CPPFLAGS)
%C%_unit_test_sampler_LDADD = $(sampler_fixture_LDADD)
%C%_unit_test_measure_SOURCES = %D%/unit/test-measure.c $(sampler_fixture)
%C%_unit_test_measure_CPPFLAGS = $(sampler_fixture_CPPFLAGS)
%C%_unit_test_measure_LDADD = $(sampler_fixture_LDADD)
%C%_unit_test_measure_tree_SOURCES = %D%/unit/test-measure-tree.c $(sampler_fixture)
%C%_unit_test_measure_tree_CPPFLAGS = $(sampler_fixture_CPPFLAGS)
%C%_unit_test_measure_tree_LDADD = $(sampler_fixture_LDADD)

# What the sampler makes of its measurements.
unit_tests += %D%/unit/test-judge
%C%_unit_test_judge_SOURCES = %D%/unit/test-judge.c
%C%_unit_test_judge_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_judge_LDADD = libsampler.a liblive.a libbase.a $(CMOCKA_LIBS)

# The control API: the parser of requests, and the server with a fake instance.
unit_tests += %D%/unit/test-http %D%/unit/test-control \
	%D%/unit/test-control-hardening

%C%_unit_test_http_SOURCES = %D%/unit/test-http.c
%C%_unit_test_http_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_http_LDADD = libcontrol.a $(CMOCKA_LIBS)

control_fixture = %D%/unit/control-fixture.c %D%/unit/control-fixture.h
control_fixture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS) \
	$(JANSSON_CFLAGS)
control_fixture_LDADD = libcontrol.a liblive.a libstore.a libbase.a \
	$(EVENT_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

%C%_unit_test_control_SOURCES = %D%/unit/test-control.c $(control_fixture)
%C%_unit_test_control_CPPFLAGS = $(control_fixture_CPPFLAGS)
%C%_unit_test_control_LDADD = $(control_fixture_LDADD)

%C%_unit_test_control_hardening_SOURCES = \
	%D%/unit/test-control-hardening.c $(control_fixture)
%C%_unit_test_control_hardening_CPPFLAGS = $(control_fixture_CPPFLAGS)
%C%_unit_test_control_hardening_LDADD = $(control_fixture_LDADD)

# The dashboard: its parts, and its screens on a canvas.
unit_tests += %D%/unit/test-tui %D%/unit/test-tui-text \
	%D%/unit/test-dashboard %D%/unit/test-past
tui_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(NCURSES_CFLAGS) \
	$(JANSSON_CFLAGS)
tui_test_LDADD = libtui.a liblogs.a liblive.a libhistory.a libstore.a \
	libbase.a $(CMOCKA_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) \
	$(NCURSES_LIBS) $(ZLIB_LIBS)
%C%_unit_test_tui_SOURCES = %D%/unit/test-tui.c
%C%_unit_test_tui_CPPFLAGS = $(tui_test_CPPFLAGS)
%C%_unit_test_tui_LDADD = $(tui_test_LDADD)
%C%_unit_test_tui_text_SOURCES = %D%/unit/test-tui-text.c
%C%_unit_test_tui_text_CPPFLAGS = $(tui_test_CPPFLAGS)
%C%_unit_test_tui_text_LDADD = $(tui_test_LDADD)
%C%_unit_test_dashboard_SOURCES = %D%/unit/test-dashboard.c
%C%_unit_test_dashboard_CPPFLAGS = $(tui_test_CPPFLAGS)
%C%_unit_test_dashboard_LDADD = $(tui_test_LDADD)
%C%_unit_test_past_SOURCES = %D%/unit/test-past.c
%C%_unit_test_past_CPPFLAGS = $(tui_test_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_unit_test_past_LDADD = $(tui_test_LDADD)

# The config: option table, loader and decoder.
system_tests += %D%/system/test_check.py %D%/system/test_check_places.py
unit_tests += %D%/unit/test-config
%C%_unit_test_config_SOURCES = %D%/unit/test-config.c
%C%_unit_test_config_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_config_LDADD = libloader.a libconfiguration.a libspawn.a libbase.a \
	$(FYAML_LIBS) $(HWLOC_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

unit_tests += %D%/unit/test-cgroup
%C%_unit_test_cgroup_SOURCES = %D%/unit/test-cgroup.c
%C%_unit_test_cgroup_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_cgroup_LDADD = libspawn.a libbase.a $(CMOCKA_LIBS)

# The command line.
system_tests += %D%/system/test_cli.py
# The state machine of workers and the restart policy.
unit_tests += %D%/unit/test-policy %D%/unit/test-worker \
	%D%/unit/test-worker-policy %D%/unit/test-worker-fault \
	%D%/unit/test-worker-clock
%C%_unit_test_policy_SOURCES = %D%/unit/test-policy.c
%C%_unit_test_policy_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_policy_LDADD = libworker.a libbase.a $(CMOCKA_LIBS)
unit_tests += %D%/unit/test-governor
%C%_unit_test_governor_SOURCES = %D%/unit/test-governor.c
%C%_unit_test_governor_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_governor_LDADD = libworker.a $(CMOCKA_LIBS)
worker_fixture = %D%/unit/worker-fixture.c %D%/unit/worker-fixture.h
worker_fixture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
worker_fixture_LDADD = libworker.a libbase.a $(CMOCKA_LIBS) $(JANSSON_LIBS)
%C%_unit_test_worker_SOURCES = %D%/unit/test-worker.c $(worker_fixture)
%C%_unit_test_worker_CPPFLAGS = $(worker_fixture_CPPFLAGS)
%C%_unit_test_worker_LDADD = $(worker_fixture_LDADD)
%C%_unit_test_worker_policy_SOURCES = %D%/unit/test-worker-policy.c $(worker_fixture)
%C%_unit_test_worker_policy_CPPFLAGS = $(worker_fixture_CPPFLAGS)
%C%_unit_test_worker_policy_LDADD = $(worker_fixture_LDADD)
%C%_unit_test_worker_fault_SOURCES = %D%/unit/test-worker-fault.c $(worker_fixture)
%C%_unit_test_worker_fault_CPPFLAGS = $(worker_fixture_CPPFLAGS)
%C%_unit_test_worker_fault_LDADD = $(worker_fixture_LDADD)
%C%_unit_test_worker_clock_SOURCES = %D%/unit/test-worker-clock.c $(worker_fixture)
%C%_unit_test_worker_clock_CPPFLAGS = $(worker_fixture_CPPFLAGS)
%C%_unit_test_worker_clock_LDADD = $(worker_fixture_LDADD)

# What workers print.
system_tests += %D%/system/test_logger.py %D%/system/test_log_formats.py %D%/system/test_log_compress.py %D%/system/test_log_watch.py %D%/system/test_logs.py %D%/system/test_limits.py
EXTRA_DIST += %D%/system/logger_driver.py %D%/system/messages.py
unit_tests += %D%/unit/test-logger
%C%_unit_test_logger_SOURCES = %D%/unit/test-logger.c
%C%_unit_test_logger_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_logger_LDADD = liblogger.a libbase.a $(CMOCKA_LIBS)
system_tests += %D%/system/test_top.py %D%/system/test_top_screens.py \
	%D%/system/test_top_random.py %D%/system/test_top_past.py \
	%D%/system/test_top_history.py
EXTRA_DIST += %D%/system/terminals.py

# The state as JSON and as metrics.
unit_tests += %D%/unit/test-live-status
%C%_unit_test_live_status_SOURCES = %D%/unit/test-live-status.c
%C%_unit_test_live_status_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_live_status_LDADD = liblive.a libbase.a $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)

# reeve status on generated tables.
system_tests += %D%/system/test_status.py
system_tests += %D%/system/test_sampler.py

# What is watched, and what is known of a run that is ended for it.
system_tests += %D%/system/test_evidence.py %D%/system/test_watch.py

# Reload, storms and killed supervisors.
system_tests += %D%/system/test_reload.py %D%/system/test_storm.py \
	%D%/system/test_killed.py
system_tests += %D%/system/test_sweeper.py %D%/system/test_fallbacks.py

# Lines of logs.
unit_tests += %D%/unit/test-log-line
%C%_unit_test_log_line_SOURCES = %D%/unit/test-log-line.c
%C%_unit_test_log_line_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_log_line_LDADD = libbase.a $(CMOCKA_LIBS)

# How a pool scales, on a clock of the test's own.
unit_tests += %D%/unit/test-scaling
%C%_unit_test_scaling_SOURCES = %D%/unit/test-scaling.c
%C%_unit_test_scaling_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_scaling_LDADD = libworker.a libbase.a $(CMOCKA_LIBS)
# How an instance is found.
system_tests += %D%/system/test_runtime_link.py
# What runs tell by their notify sockets.
system_tests += %D%/system/test_notify.py %D%/system/test_main_process.py
EXTRA_DIST += %D%/system/telling.py
# Readiness, liveness and hooks.
system_tests += %D%/system/test_ready.py %D%/system/test_alive.py \
	%D%/system/test_probes.py %D%/system/test_health.py \
	%D%/system/test_hooks.py
EXTRA_DIST += %D%/system/health.py %D%/system/targets.py
unit_tests += %D%/unit/test-check
%C%_unit_test_check_SOURCES = %D%/unit/test-check.c
%C%_unit_test_check_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_check_LDADD = libworker.a libbase.a $(CMOCKA_LIBS)
unit_tests += %D%/unit/test-notification
%C%_unit_test_notification_SOURCES = %D%/unit/test-notification.c
%C%_unit_test_notification_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_notification_LDADD = libnotify.a libbase.a $(CMOCKA_LIBS)

# Limits of cgroups, on a fake tree.
fake_cgroups = %D%/unit/fake-cgroups.c %D%/unit/fake-cgroups.h
fake_cgroups_wrap = $(AM_LDFLAGS) -Wl,--wrap=fopen -Wl,--wrap=mkdir \
	-Wl,--wrap=rmdir -Wl,--wrap=write
unit_tests += %D%/unit/test-controller %D%/unit/test-limits
%C%_unit_test_controller_SOURCES = %D%/unit/test-controller.c $(fake_cgroups)
%C%_unit_test_controller_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_controller_LDFLAGS = $(fake_cgroups_wrap)
%C%_unit_test_controller_LDADD = libspawn.a libbase.a $(CMOCKA_LIBS)
%C%_unit_test_limits_SOURCES = %D%/unit/test-limits.c $(fake_cgroups) \
	supervisor/limits.c supervisor/limits-facts.c
%C%_unit_test_limits_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(EVENT_CFLAGS) $(JANSSON_CFLAGS)
%C%_unit_test_limits_LDFLAGS = $(fake_cgroups_wrap)
%C%_unit_test_limits_LDADD = libspawn.a libbase.a $(EVENT_LIBS) \
	$(CMOCKA_LIBS)
# Where workers are put, and that they are moved.
unit_tests += %D%/unit/test-placement
%C%_unit_test_placement_SOURCES = %D%/unit/test-placement.c
%C%_unit_test_placement_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_placement_LDADD = libconfiguration.a libbase.a $(CMOCKA_LIBS)
system_tests += %D%/system/test_placement.py

# Cores, and what gdb says of them.
unit_tests += %D%/unit/test-core
%C%_unit_test_core_SOURCES = %D%/unit/test-core.c
%C%_unit_test_core_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_core_LDADD = libcore.a libbase.a $(CMOCKA_LIBS)

# Every screen of the dashboard over a recorded instance, at a moment that
# stands still: `make golden` draws the frames anew that test_golden.py
# compares.
noinst_PROGRAMS += draw-frames
draw_frames_SOURCES = %D%/tools/draw-frames.c %D%/tools/recorded.h \
	%D%/tools/recorded.c %D%/tools/recorded-table.c \
	%D%/tools/recorded-history.c
draw_frames_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS) $(JANSSON_CFLAGS) \
	$(SQLITE_CFLAGS)
draw_frames_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_real_us \
	-Wl,--wrap=clock_monotonic_ns -Wl,--wrap=tree_read
draw_frames_LDADD = libtui.a liblogs.a liblive.a libhistory.a libstore.a \
	libbase.a $(SQLITE_LIBS) $(JANSSON_LIBS) $(NCURSES_LIBS) $(ZLIB_LIBS)
system_tests += %D%/system/test_golden.py %D%/system/test_pictures.py
EXTRA_DIST += %D%/golden

.PHONY: golden
golden: draw-frames$(EXEEXT)
	rm -rf golden $(srcdir)/%D%/golden
	mkdir golden $(srcdir)/%D%/golden
	./draw-frames$(EXEEXT) golden $(srcdir)/%D%/golden
	rm -rf golden
unit_tests += %D%/unit/test-autopsy
%C%_unit_test_autopsy_SOURCES = %D%/unit/test-autopsy.c
%C%_unit_test_autopsy_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(JANSSON_CFLAGS)
%C%_unit_test_autopsy_LDADD = libcore.a libbase.a $(CMOCKA_LIBS)
