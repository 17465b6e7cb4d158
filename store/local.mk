# Events and journals: for every program. Needs libbase.a and jansson.
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libstore_a_SOURCES = \
	%D%/checksum.c %D%/checksum.h \
	%D%/event.c %D%/event.h \
	%D%/event-json.c %D%/event-members.h \
	%D%/event-line.c %D%/event-line.h \
	%D%/journal.h \
	%D%/journal-layout.c %D%/journal-layout.h \
	%D%/journal-name.c %D%/journal-name.h \
	%D%/journal-reader.c \
	%D%/journal-writer.c

# history.db: for the recorder and for `reeve`. Needs libstore.a and sqlite.
noinst_LIBRARIES += libhistory.a
libhistory_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
libhistory_a_SOURCES = \
	%D%/crash-text.c %D%/crash-text.h \
	%D%/fingerprint.c %D%/fingerprint.h \
	%D%/history.c %D%/history.h %D%/history-internal.h \
	%D%/history-group.c \
	%D%/history-rows.c \
	%D%/history-run.c \
	%D%/history-samples.c \
	%D%/history-schema.c \
	%D%/intake.c %D%/intake.h \
	%D%/notable.c %D%/notable.h \
	%D%/post-mortem.c %D%/post-mortem.h %D%/post-mortem-story.c \
	%D%/query.c %D%/query.h %D%/query-internal.h \
	%D%/query-crashes.c %D%/query-crashes.h \
	%D%/query-events.c %D%/query-evidence.c \
	%D%/query-sql.c %D%/query-sql.h \
	%D%/query-moments.c \
	%D%/query-stats.c %D%/query-stats.h \
	%D%/query-stats-internal.h %D%/query-stats-runs.c \
	%D%/stats.c %D%/stats.h \
	%D%/export.c %D%/export.h \
	%D%/views.c %D%/views.h \
	%D%/query-runs.c \
	%D%/retention.h \
	%D%/schema.c %D%/schema.h \
	%D%/trim.c %D%/trim.h

pkglibexec_PROGRAMS += reeve-recorder
reeve_recorder_SOURCES = \
	%D%/recorder.c %D%/recorder.h \
	%D%/recorder-file.c %D%/recorder-tidy.c
reeve_recorder_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
reeve_recorder_LDADD = libhelper.a libhistory.a libstore.a libbase.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS)

# The logs of workers, for `reeve`. Needs liblive.a and zlib.
noinst_LIBRARIES += liblogs.a
liblogs_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
liblogs_a_SOURCES = \
	%D%/log-lines.c %D%/log-lines.h \
	%D%/log-list.c %D%/log-list.h \
	%D%/log-part.c %D%/log-part.h \
	%D%/log-tail.c %D%/log-tail.h
