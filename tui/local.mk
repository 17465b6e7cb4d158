# The dashboard, without the command that starts it (cli/top.c).
noinst_LIBRARIES += libtui.a
libtui_a_SOURCES = \
	%D%/canvas.c %D%/canvas.h \
	%D%/cells.c %D%/cells.h \
	%D%/chart.c %D%/chart.h \
	%D%/columns.c %D%/columns.h \
	%D%/dashboard.c %D%/dashboard.h \
	%D%/detail.c \
	%D%/format.c %D%/format.h \
	%D%/frame.c %D%/frame.h \
	%D%/glyphs.c %D%/glyphs.h \
	%D%/help.c \
	%D%/keys.c %D%/keys.h \
	%D%/list.c %D%/list.h \
	%D%/loop.c %D%/loop.h \
	%D%/model.c %D%/model.h \
	%D%/overview.c \
	%D%/palette.c %D%/palette.h \
	%D%/panel.c %D%/panel.h \
	%D%/prompt.c %D%/prompt.h \
	%D%/source.c %D%/source.h \
	%D%/terminal.c %D%/terminal.h \
	%D%/terminfo.c %D%/terminfo.h \
	%D%/workers.c
libtui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
