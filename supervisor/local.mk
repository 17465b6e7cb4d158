noinst_LIBRARIES += libhelper.a
libhelper_a_SOURCES = \
	%D%/helper.c %D%/helper.h \
	%D%/message.c %D%/message.h

noinst_LIBRARIES += libspawn.a
libspawn_a_SOURCES = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/clone3.c %D%/clone3.h \
	%D%/controller.c %D%/controller.h \
	%D%/spawn-child.c %D%/spawn-child.h \
	%D%/spawn-setup.c \
	%D%/spawn.c %D%/spawn.h \
	%D%/stray.c %D%/stray.h

# The option table and what the supervisor decodes with it.
noinst_LIBRARIES += libconfiguration.a
libconfiguration_a_SOURCES = \
	%D%/address.c %D%/address.h \
	%D%/connections.c %D%/connections.h \
	%D%/configuration.c %D%/configuration.h \
	%D%/capability.c %D%/capability.h \
	%D%/options.c %D%/options.h \
	%D%/value-checks.c \
	%D%/value-limits.c \
	%D%/placement.c %D%/placement.h \
	%D%/value-lists.c \
	%D%/value-scalars.c \
	%D%/value-sockets.c \
	%D%/value-types.h \
	%D%/values.c %D%/values.h
libconfiguration_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

# Cores: where they are, and what they are read for.
noinst_LIBRARIES += libcore.a
libcore_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libcore_a_SOURCES = \
	%D%/autopsy.c %D%/autopsy.h \
	%D%/autopsy-child.c %D%/autopsy-child.h \
	%D%/backtrace.c %D%/backtrace.h \
	%D%/core-file.c %D%/core-file.h \
	%D%/core-pattern.c %D%/core-pattern.h

pkglibexec_PROGRAMS += reeve-sweeper
reeve_sweeper_SOURCES = \
	%D%/evidence.c %D%/evidence.h \
	%D%/findings.c %D%/findings.h \
	%D%/inquiry.c %D%/inquiry.h \
	%D%/open-files.c %D%/open-files.h \
	%D%/sweep-cgroup.c %D%/sweep-place.c %D%/sweep-search.c %D%/sweep.h \
	%D%/sweeper.c
reeve_sweeper_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
reeve_sweeper_LDADD = libcore.a libspawn.a libhelper.a libstore.a libbase.a

# Measures the workers.
noinst_LIBRARIES += libsampler.a
libsampler_a_SOURCES = \
	%D%/busy.c %D%/busy.h \
	%D%/judge.c %D%/judge.h \
	%D%/measure.c %D%/measure.h \
	%D%/open-files.c %D%/open-files.h \
	%D%/processes.c %D%/processes.h \
	%D%/tree.c %D%/tree.h
libsampler_a_CPPFLAGS = $(AM_CPPFLAGS) $(PROC2_CFLAGS)
pkglibexec_PROGRAMS += reeve-sampler
reeve_sampler_SOURCES = %D%/connections.c %D%/connections.h %D%/sampler.c
reeve_sampler_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
reeve_sampler_LDADD = libsampler.a libhelper.a libstore.a liblive.a libbase.a \
	$(PROC2_LIBS)

# The control API; the programs that use it link libevent and jansson.
noinst_LIBRARIES += libcontrol.a
libcontrol_a_SOURCES = \
	%D%/control.c %D%/control.h \
	%D%/control-answer.c %D%/control-call.h \
	%D%/control-events.c \
	%D%/control-operation.c %D%/operation.h \
	%D%/http.c %D%/http.h \
	%D%/http-connection.c %D%/http-connection.h \
	%D%/http-server.c %D%/http-server.h
libcontrol_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)


# The loader: YAML in, canonical JSON or all mistakes out.
noinst_LIBRARIES += libloader.a
libloader_a_SOURCES = \
	%D%/loader.h \
	%D%/loader-arena.c %D%/loader-arena.h \
	%D%/loader-check.c \
	%D%/loader-check-probes.c \
	%D%/loader-cpus.c \
	%D%/loader-files.c \
	%D%/loader-keys.c \
	%D%/loader-limits.c \
	%D%/loader-load.c \
	%D%/loader-mistakes.c %D%/loader-mistakes.h \
	%D%/loader-notify.c \
	%D%/loader-order.c \
	%D%/loader-place.c \
	%D%/loader-pools.c \
	%D%/loader-sockets.c \
	%D%/loader-source.c %D%/loader-source.h \
	%D%/loader-target.c \
	%D%/loader-text.c \
	%D%/loader-user.c \
	%D%/loader-values.c \
	%D%/loader-words.c %D%/loader-words.h \
	%D%/loader-yaml.c %D%/loader-yaml.h
libloader_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(FYAML_CFLAGS) \
	$(HWLOC_CFLAGS)

pkglibexec_PROGRAMS += reeve-loader
reeve_loader_SOURCES = \
	%D%/loader.c \
	%D%/loader-manual.c %D%/loader-manual.h \
	%D%/loader-schema.c %D%/loader-schema.h
reeve_loader_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
reeve_loader_LDADD = libloader.a libconfiguration.a libspawn.a libbase.a \
	$(FYAML_LIBS) $(HWLOC_LIBS) $(JANSSON_LIBS)
# The state machine of workers, without a kernel: for its unit tests too.
noinst_LIBRARIES += libworker.a
libworker_a_SOURCES = \
	%D%/asker.h \
	%D%/check.c %D%/check.h \
	%D%/gate-seat.h \
	%D%/governor.c %D%/governor.h \
	%D%/http-answer.c %D%/http-answer.h \
	%D%/plan.c %D%/plan.h \
	%D%/policy.c %D%/policy.h \
	%D%/run-end.c %D%/run-end.h \
	%D%/scaling.c %D%/scaling.h \
	%D%/worker.c %D%/worker.h \
	%D%/worker-actions.h %D%/worker-start.c %D%/worker-end.c
libworker_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

# What runs tell and leave by their notify sockets.
noinst_LIBRARIES += libnotify.a
libnotify_a_SOURCES = \
	%D%/fd-store.c %D%/fd-store.h \
	%D%/notification.c %D%/notification.h

pkglibexec_PROGRAMS += reeve-supervisor
reeve_supervisor_SOURCES = \
	%D%/applying.c %D%/applying.h \
	%D%/environment.c %D%/environment.h \
	%D%/gate.c %D%/gate.h \
	%D%/handed.h \
	%D%/health.c %D%/health.h \
	%D%/health-ask.c %D%/health-state.h \
	%D%/health-missing.c \
	%D%/health-signs.c \
	%D%/helper-link.c %D%/helper-link.h \
	%D%/helper-receive.c \
	%D%/helpers.c %D%/helpers.h \
	%D%/instance.c %D%/instance.h \
	%D%/killed.c %D%/killed.h \
	%D%/launch.c %D%/launch.h \
	%D%/limits.c %D%/limits.h \
	%D%/limits-facts.c %D%/limits-state.h \
	%D%/loading.c %D%/loading.h \
	%D%/loop.c %D%/loop.h \
	%D%/mini-init.c %D%/mini-init.h \
	%D%/main-process.c %D%/main-process.h \
	%D%/notify.c %D%/notify.h \
	%D%/hooks.c %D%/hooks.h \
	%D%/notify-internal.h \
	%D%/notify-obey.c \
	%D%/notify-socket.c %D%/notify-socket.h \
	%D%/http-answer.c %D%/http-answer.h \
	%D%/numbers.c %D%/numbers.h \
	%D%/operations.c %D%/operations.h \
	%D%/output.c %D%/output.h \
	%D%/placing.c %D%/placing.h \
	%D%/plan.c %D%/plan.h \
	%D%/pool.c %D%/pool.h \
	%D%/probe.c %D%/probe.h \
	%D%/process.c %D%/process.h \
	%D%/publish.c %D%/publish.h \
	%D%/publish-state.h \
	%D%/publish-table.c \
	%D%/reaper.c %D%/reaper.h \
	%D%/remains.c %D%/remains.h \
	%D%/reloading.c %D%/reloading.h \
	%D%/rolling.c %D%/rolling.h \
	%D%/requests.c \
	%D%/run-request.c %D%/run-request.h \
	%D%/runtime-link.c %D%/runtime-link.h \
	%D%/shutdown.c %D%/shutdown.h \
	%D%/meter.c %D%/meter.h \
	%D%/scaled.c %D%/scaled.h \
	%D%/scaler.c %D%/scaler.h \
	%D%/sockets.c %D%/sockets.h \
	%D%/supervisor.c \
	%D%/task.c %D%/task.h \
	%D%/task-state.h %D%/tasks.c \
	%D%/verdict.c %D%/verdict.h \
	%D%/watch.c %D%/watch.h
reeve_supervisor_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
reeve_supervisor_LDADD = libnotify.a libcontrol.a libworker.a libspawn.a libhelper.a \
	libconfiguration.a libstore.a liblive.a libbase.a \
	$(EVENT_LIBS) $(JANSSON_LIBS)

# What workers print.
noinst_LIBRARIES += liblogger.a
liblogger_a_SOURCES = \
	%D%/logger-file.c %D%/logger-file.h \
	%D%/logger-marks.c %D%/logger-marks.h \
	%D%/logger-parts.c %D%/logger-parts.h \
	%D%/logger-stage.c %D%/logger-stage.h

pkglibexec_PROGRAMS += reeve-logger
reeve_logger_SOURCES = \
	%D%/logger.c %D%/logger.h \
	%D%/logger-compress.c \
	%D%/logger-lines.c \
	%D%/logger-move.c \
	%D%/logger-report.c \
	%D%/logger-run.c \
	%D%/logger-watch.c
reeve_logger_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
reeve_logger_LDADD = liblogger.a libhelper.a libstore.a libbase.a

pkglibexec_PROGRAMS += reeve-compressor
reeve_compressor_SOURCES = %D%/compressor.c
reeve_compressor_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
reeve_compressor_LDADD = libbase.a $(ZLIB_LIBS)
