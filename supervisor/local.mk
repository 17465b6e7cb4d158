noinst_LIBRARIES += libhelper.a
libhelper_a_SOURCES = \
	%D%/helper.c %D%/helper.h \
	%D%/message.c %D%/message.h
