# The command that people type.
bin_PROGRAMS += reeve
reeve_SOURCES = \
	%D%/command.c %D%/command.h \
	%D%/commands.c %D%/commands.h \
	%D%/help.c %D%/help.h \
	%D%/instance.c %D%/instance.h \
	%D%/main.c \
	%D%/manual.c \
	%D%/parse.c %D%/parse.h \
	%D%/run.c
reeve_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) \
	$(SQLITE_CFLAGS) $(NCURSES_CFLAGS) $(ZLIB_CFLAGS)
reeve_LDADD = libtui.a liblogs.a libhistory.a libstore.a liblive.a libbase.a \
	$(EVENT_LIBS) $(JANSSON_LIBS) $(SQLITE_LIBS) $(NCURSES_LIBS) $(ZLIB_LIBS)

# What the control socket is asked for.
reeve_SOURCES += \
	%D%/action.c %D%/action.h \
	%D%/client.c %D%/client.h \
	%D%/events.c \
	%D%/progress.c %D%/progress.h \
	%D%/reload.c \
	%D%/restart.c \
	%D%/scale.c \
	%D%/signal.c \
	%D%/start.c \
	%D%/stop.c

# Further commands, each in a file of its own. A library that one needs goes
# into reeve_LDADD above, before those that it needs itself.
#reeve_SOURCES += %D%/NAME.c
reeve_SOURCES += %D%/check.c

reeve_SOURCES += %D%/top.c

reeve_SOURCES += \
	%D%/status.c \
	%D%/status-table.c %D%/status-table.h \
	%D%/status-watch.c %D%/status-watch.h \
	%D%/terminal.c %D%/terminal.h

# The past.
reeve_SOURCES += \
	%D%/crashes.c \
	%D%/cut.c %D%/cut.h \
	%D%/export.c %D%/export.h \
	%D%/history.c \
	%D%/history-follow.c %D%/history-follow.h \
	%D%/history-output.c %D%/history-output.h \
	%D%/past.c %D%/past.h \
	%D%/post-mortem.c %D%/post-mortem.h \
	%D%/post-mortem-json.c \
	%D%/post-mortem-texts.c %D%/post-mortem-texts.h \
	%D%/sparkline.c %D%/sparkline.h \
	%D%/sql.c \
	%D%/stats.c \
	%D%/stats-figures.c %D%/stats-figures.h \
	%D%/stats-output.c %D%/stats-output.h \
	%D%/table.c %D%/table.h \
	%D%/why.c

# reeve(1) is made from the same tables as the help texts.
nodist_man_MANS += docs/reeve.1
CLEANFILES += docs/reeve.1
docs/reeve.1: reeve$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) docs && \
	./reeve$(EXEEXT) help --manual >$@-t && mv $@-t $@

# What workers printed.
reeve_SOURCES += \
	%D%/log-print.c %D%/log-print.h \
	%D%/logs.c
