# The dashboard, without the command that starts it (cli/top.c).
noinst_LIBRARIES += libtui.a
libtui_a_SOURCES = \
	%D%/act.c %D%/act.h \
	%D%/base64.c %D%/base64.h \
	%D%/canvas.c %D%/canvas.h \
	%D%/cells.c %D%/cells.h \
	%D%/chart.c %D%/chart.h \
	%D%/columns-screen.c \
	%D%/columns.c %D%/columns.h \
	%D%/dashboard.c %D%/dashboard.h \
	%D%/dashboard-keys.c \
	%D%/crash-groups.c \
	%D%/detail.c \
	%D%/event-lines.c %D%/event-lines.h \
	%D%/events.c \
	%D%/entry.c %D%/entry.h \
	%D%/filter.c %D%/filter.h \
	%D%/format.c %D%/format.h \
	%D%/frame.c %D%/frame.h \
	%D%/glyphs.c %D%/glyphs.h \
	%D%/help.c \
	%D%/jobs.c \
	%D%/kept-file.c %D%/kept-file.h \
	%D%/keys.c %D%/keys.h \
	%D%/list-draw.c \
	%D%/list.c %D%/list.h \
	%D%/plain.c %D%/plain.h \
	%D%/log-text.c %D%/log-text.h \
	%D%/log-pager.c %D%/log-pager.h \
	%D%/log-draw.c \
	%D%/logs.c \
	%D%/loop.c %D%/loop.h \
	%D%/model.c %D%/model.h \
	%D%/output.c %D%/output.h \
	%D%/overview.c \
	%D%/palette.c %D%/palette.h \
	%D%/panel.c %D%/panel.h \
	%D%/past.c %D%/past.h \
	%D%/plan.c \
	%D%/post-mortem.c \
	%D%/run-list.c %D%/run-list.h \
	%D%/runs.c \
	%D%/prompt.c %D%/prompt.h \
	%D%/post-mortem.c %D%/runs.c \
	%D%/prompt.c %D%/prompt.h %D%/prompt-draw.c \
	%D%/rate.c %D%/rate.h \
	%D%/requests.c %D%/requests.h \
	%D%/screen.h \
	%D%/pane.h %D%/pane-charts.c %D%/pane-log.c \
	%D%/pane-runs.c %D%/pane-tree.c \
	%D%/tree.c %D%/tree.h \
	%D%/screens.c \
	%D%/settings.c %D%/settings.h \
	%D%/source.c %D%/source.h \
	%D%/terminal.c %D%/terminal.h \
	%D%/terminfo.c %D%/terminfo.h \
	%D%/ticker.c %D%/ticker.h \
	%D%/unseen.c %D%/unseen.h \
	%D%/workers.c
libtui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS) $(JANSSON_CFLAGS)
