# Events and journals: for every program. Needs libbase.a and jansson.
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libstore_a_SOURCES = \
	%D%/checksum.c %D%/checksum.h \
	%D%/event.c %D%/event.h \
	%D%/event-json.c %D%/event-members.h \
	%D%/journal.h \
	%D%/journal-layout.c %D%/journal-layout.h \
	%D%/journal-name.c %D%/journal-name.h \
	%D%/journal-reader.c \
	%D%/journal-writer.c
