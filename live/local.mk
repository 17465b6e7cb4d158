noinst_LIBRARIES += liblive.a
liblive_a_SOURCES = \
	%D%/layout.c %D%/layout.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/reader.c %D%/table.h \
	%D%/record.c %D%/record.h \
	%D%/snapshot.c %D%/snapshot.h \
	%D%/status.c %D%/status.h \
	%D%/writer.c
