# Benchmarks, each a program that prints JSON, one line for each figure and
# its target: `make bench`, or `make bench BENCH_OPTIONS=--quick`.
benchmarks = \
	%D%/restart %D%/mass %D%/start %D%/memory %D%/idle %D%/sampler \
	%D%/status %D%/top %D%/log %D%/heartbeat %D%/probes %D%/history
BENCH_OPTIONS =

# A test has need of it, too.
noinst_PROGRAMS += %D%/beat
EXTRA_PROGRAMS += %D%/answer %D%/child %D%/flood %D%/loop %D%/make-history \
	%D%/reap
CLEANFILES += %D%/answer %D%/child %D%/flood %D%/loop %D%/make-history \
	%D%/reap

# Without a C library: only its own start is measured.
%C%_child_SOURCES = %D%/child.c
%C%_child_CFLAGS = -std=gnu11 -O2 -ffreestanding -fno-stack-protector
%C%_child_LDFLAGS = -static -nostdlib
%C%_child_LDADD =

%C%_beat_SOURCES = %D%/beat.c

%C%_answer_SOURCES = %D%/answer.c

%C%_flood_SOURCES = %D%/flood.c

%C%_loop_SOURCES = %D%/loop.c

%C%_make_history_SOURCES = %D%/make-history.c %D%/past-events.c \
	%D%/past-events.h
%C%_make_history_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
%C%_make_history_LDADD = libhistory.a libstore.a libbase.a $(SQLITE_LIBS) \
	$(JANSSON_LIBS)

%C%_reap_SOURCES = %D%/reap.c
%C%_reap_CPPFLAGS = $(AM_CPPFLAGS) $(PROC2_CFLAGS)
%C%_reap_LDADD = $(PROC2_LIBS)

EXTRA_DIST += $(benchmarks) %D%/harness.py %D%/peers/reeve.py

bench: all $(EXTRA_PROGRAMS)
	@for benchmark in $(benchmarks); do \
		REEVE_BUILD_DIR='$(abs_top_builddir)' $(PYTHON) \
			$(srcdir)/$$benchmark $(BENCH_OPTIONS) || exit 1; \
	done
.PHONY: bench
