noinst_LIBRARIES += libhelper.a
libhelper_a_SOURCES = \
	%D%/helper.c %D%/helper.h \
	%D%/message.c %D%/message.h

noinst_LIBRARIES += libspawn.a
libspawn_a_SOURCES = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/clone3.c %D%/clone3.h \
	%D%/spawn-child.c %D%/spawn-child.h \
	%D%/spawn.c %D%/spawn.h

# The option table and what the supervisor decodes with it.
noinst_LIBRARIES += libconfiguration.a
libconfiguration_a_SOURCES = \
	%D%/configuration.c %D%/configuration.h \
	%D%/options.c %D%/options.h \
	%D%/value-lists.c \
	%D%/value-scalars.c \
	%D%/value-types.h \
	%D%/values.c %D%/values.h
libconfiguration_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
pkglibexec_PROGRAMS += reeve-sweeper
reeve_sweeper_SOURCES = \
	%D%/stray.c %D%/stray.h \
	%D%/sweep-cgroup.c %D%/sweep-search.c %D%/sweep.h \
	%D%/sweeper.c
reeve_sweeper_LDADD = libspawn.a libhelper.a libbase.a

# Measures the workers.
noinst_LIBRARIES += libsampler.a
libsampler_a_SOURCES = \
	%D%/measure.c %D%/measure.h \
	%D%/open-files.c %D%/open-files.h \
	%D%/processes.c %D%/processes.h
libsampler_a_CPPFLAGS = $(AM_CPPFLAGS) $(PROC2_CFLAGS)
pkglibexec_PROGRAMS += reeve-sampler
reeve_sampler_SOURCES = %D%/sampler.c
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
