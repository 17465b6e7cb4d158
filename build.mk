# Comforts for developers: format, lint, bench, fuzz, coverage.
EXTRA_DIST += build.mk

sources = cd $(top_srcdir) && git ls-files '*.c' '*.h'

.PHONY: format lint bench
format:
	$(sources) | xargs clang-format -i

lint:
	$(sources) | xargs clang-format --dry-run -Werror
