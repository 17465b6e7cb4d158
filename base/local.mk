noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	%D%/clock.c %D%/clock.h \
	%D%/cpulist.c %D%/cpulist.h \
	%D%/duration.c %D%/duration.h \
	%D%/ending.c %D%/ending.h \
	%D%/error.c %D%/error.h \
	%D%/escape.c %D%/escape.h \
	%D%/fields.c %D%/fields.h \
	%D%/folders.c %D%/folders.h \
	%D%/list.h \
	%D%/log-gzip.c %D%/log-gzip.h \
	%D%/log-line.c %D%/log-line.h \
	%D%/signals.c %D%/signals.h \
	%D%/moment.c %D%/moment.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/programs.c %D%/programs.h \
	%D%/size.c %D%/size.h \
	%D%/span.c %D%/span.h \
	%D%/utf8.c %D%/utf8.h \
	%D%/words.c %D%/words.h
