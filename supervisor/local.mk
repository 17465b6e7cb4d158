noinst_LIBRARIES += libhelper.a
libhelper_a_SOURCES = \
	%D%/helper.c %D%/helper.h \
	%D%/message.c %D%/message.h

noinst_LIBRARIES += libspawn.a
libspawn_a_SOURCES = \
	%D%/clone3.c %D%/clone3.h \
	%D%/spawn-child.c %D%/spawn-child.h \
	%D%/spawn.c %D%/spawn.h
