noinst_LIBRARIES += liblive.a
liblive_a_SOURCES = \
	%D%/layout.c %D%/layout.h \
	%D%/reader.c %D%/table.h \
	%D%/record.c %D%/record.h \
	%D%/writer.c
