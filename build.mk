# Comforts for developers: format, lint, fuzz, coverage, compile_commands.json.
# `make bench` is in bench/local.mk. They need a clone with git, and say which
# tool is missing by failing to find it.
EXTRA_DIST += build.mk .clang-tidy bench/.clang-tidy tests/.clang-tidy
CLEANFILES += compile_commands.json

.PHONY: format lint lint-format lint-tidy lint-cppcheck lint-shell fuzz coverage

c_files = cd $(srcdir) && git ls-files '*.c' '*.h'

format:
	$(c_files) | xargs clang-format -i

lint: lint-format lint-shell lint-cppcheck lint-tidy

lint-format:
	$(c_files) | xargs clang-format --dry-run -Werror

lint-shell:
	cd $(srcdir) && git grep -lE '^#!(/bin/sh|/usr/bin/env bash)' | \
		xargs shellcheck

# Macros that it does not know are told by what they come to.
lint-cppcheck:
	cd $(srcdir) && git ls-files '*.c' | xargs cppcheck --quiet \
		--std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem \
		-D__linux__ -D__x86_64__ -DHAVE_CONFIG_H \
		'-Djson_array_foreach(array,i,value)=while(value)' \
		'-Djson_object_foreach(object,key,value)=while(value)' \
		'-DLIST_HEAD(name,type)=struct{struct type*first;}' \
		'-DTAILQ_FOREACH(value,head,entry)=while(value)' \
		--error-exitcode=1 -I. -I$(abs_builddir) -j2

lint-tidy: compile_commands.json $(BUILT_SOURCES)
	cd $(srcdir) && git ls-files '*.c' ':!tests/fuzz' | \
		xargs -P2 -n8 clang-tidy --quiet -p $(abs_builddir)

# How each file is compiled, for clang-tidy and editors. All files share one
# set of flags, so this needs no build to listen to.
all_flags = $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(EVENT_CFLAGS) \
	$(JANSSON_CFLAGS) $(FYAML_CFLAGS) $(HWLOC_CFLAGS) $(PROC2_CFLAGS) \
	$(SQLITE_CFLAGS) $(NCURSES_CFLAGS) $(ZLIB_CFLAGS) $(CMOCKA_CFLAGS) \
	$(AM_CFLAGS) $(CFLAGS)

compile_commands.json: Makefile
	$(AM_V_GEN){ separator='['; top=`cd $(srcdir) && pwd`; \
	words=`printf '%s\n' $(CC) $(all_flags) -c | \
		sed 's/"/\\\\"/g; s/.*/"&",/'`; \
	for file in `ls $(DIST_SOURCES:%=$(srcdir)/%) | grep '\.c$$'`; do \
		path=$$top/$${file#$(srcdir)/}; \
		printf '%s{"directory": "%s", "file": "%s", ' \
			"$$separator" '$(abs_builddir)' "$$path"; \
		printf '"arguments": [%s "%s"]}\n' "$$words" "$$path"; \
		separator=','; \
	done; echo ']'; } >$@.new
	$(AM_V_at)mv $@.new $@

# Fuzzes each parser of tests/fuzz for FUZZ_SECONDS with clang's libFuzzer; a
# finding stops it and leaves the input behind. What a target needs besides
# base/ stands in a line "Sources: ..." at its top.
FUZZ_SECONDS = 30
fuzz_compile = clang -g -O1 -std=gnu11 $(DEFS) $(AM_CPPFLAGS) \
	-U_FORTIFY_SOURCE $(JANSSON_CFLAGS) \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
EXTRA_DIST += $(fuzz_targets)
fuzz_targets = \
	tests/fuzz/config.c \
	tests/fuzz/crash.c \
	tests/fuzz/event.c \
	tests/fuzz/http.c \
	tests/fuzz/journal.c \
	tests/fuzz/message.c \
	tests/fuzz/notification.c \
	tests/fuzz/screen.c \
	tests/fuzz/texts.c

fuzz:
	@for target in $(fuzz_targets); do \
		name=`basename $$target .c`; \
		sources=`cd $(srcdir) && \
			ls base/*.c $$(sed -n 's/ \* Sources: //p' $$target)`; \
		$(fuzz_compile) -o fuzz-$$name $(srcdir)/$$target \
			`printf '$(srcdir)/%s ' $$sources` \
			$(JANSSON_LIBS) $(FYAML_LIBS) $(HWLOC_LIBS) && \
		mkdir -p fuzz-corpus/$$name && \
		./fuzz-$$name -max_total_time=$(FUZZ_SECONDS) -verbosity=0 \
			-print_final_stats=1 -artifact_prefix=fuzz- \
			fuzz-corpus/$$name || exit 1; \
	done

clean-local:
	rm -rf fuzz-corpus coverage demo demo.log
	rm -f fuzz-*

# Runs all tests in a build of its own and shows how much of each file ran.
# Programs that run as another user cannot write their counts, and complain.
coverage:
	mkdir -p coverage
	cd coverage && $(abs_srcdir)/configure -q \
		CFLAGS='-O0 -g --coverage' && $(MAKE) -s && \
		{ $(MAKE) -s check || true; }
	cd coverage && if command -v lcov >/dev/null; then \
		lcov -q -c -d . --no-external -b $(abs_srcdir) \
			-o coverage.info && \
		genhtml -q -o html coverage.info && lcov -l coverage.info; \
	else \
		find . -name '*.gcda' | xargs gcov -n 2>/dev/null | \
			awk '/^File .*(usr.include|tests.(unit|tools))/ { f = ""; next } \
			/^File/ { f = $$2 } \
			/^Lines/ && f { print f, $$0; f = "" }' | sort -u; \
	fi
