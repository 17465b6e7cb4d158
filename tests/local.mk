# Unit tests (cmocka): one program for each module, run by `make check`.
# A test that needs only libbase.a is added to unit_tests; one that needs more
# names its libraries in NAME_LDADD.
if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

unit_tests = \
	%D%/unit/test-base

%C%_unit_test_base_SOURCES = %D%/unit/test-base.c
%C%_unit_test_base_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
%C%_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS)
