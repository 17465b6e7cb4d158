#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/fd-store.h"
#include "supervisor/notification.h"

static struct notification parse(const char *text)
{
	struct notification notification;

	assert_true(notification_parse(text, strlen(text), &notification));
	return notification;
}

static void flags_have_just_one_value(void **state)
{
	(void)state;
	assert_int_equal(parse("READY=1").flags, NOTIFICATION_READY);
	assert_int_equal(parse("READY=0\nRELOADING=\nSTOPPING=yes").flags, 0);
	assert_int_equal(parse("WATCHDOG=1").flags, NOTIFICATION_WATCHDOG);
	assert_int_equal(parse("WATCHDOG=trigger").flags, NOTIFICATION_TRIGGER);
	assert_int_equal(parse("BARRIER=1\n").flags, NOTIFICATION_BARRIER);
	assert_int_equal(parse("FDSTORE=1\nFDSTOREREMOVE=1\nFDPOLL=0").flags,
			 NOTIFICATION_FD_STORE | NOTIFICATION_FD_REMOVE |
				 NOTIFICATION_FD_KEEP);
	assert_int_equal(parse("ready=1\n READY=1\nX_OWN=1").flags, 0);
}

static void numbers_are_read_whole(void **state)
{
	struct notification notification =
		parse("MAINPID=12\nERRNO=2\nEXIT_STATUS=7\nMONOTONIC_USEC=5\n"
		      "WATCHDOG_USEC=0\nEXTEND_TIMEOUT_USEC=9");

	(void)state;
	assert_int_equal(notification.main_pid, 12);
	assert_int_equal(notification.error_number, 2);
	assert_int_equal(notification.exit_status, 7);
	assert_int_equal(notification.monotonic_us, 5);
	assert_int_equal(notification.watchdog_us, 0);
	assert_int_equal(notification.extend_us, 9);
}

static void bad_numbers_are_skipped(void **state)
{
	struct notification notification =
		parse("MAINPID=1\nERRNO=5000\nEXIT_STATUS=256\n"
		      "MONOTONIC_USEC=-5\nWATCHDOG_USEC=1x\n"
		      "EXTEND_TIMEOUT_USEC=99999999999999999999");

	(void)state;
	assert_int_equal(notification.main_pid, 0);
	assert_int_equal(notification.error_number, 0);
	assert_int_equal(notification.exit_status, -1);
	assert_int_equal(notification.monotonic_us, -1);
	assert_int_equal(notification.watchdog_us, -1);
	assert_int_equal(notification.extend_us, -1);
	assert_int_equal(parse("MAINPID=-3").main_pid, 0);
	assert_int_equal(parse("MAINPID= 3").main_pid, 0);
	assert_int_equal(parse("MAINPID=4294967297").main_pid, 0);
}

static void status_is_safe_to_show(void **state)
{
	char text[200] = "STATUS=";
	struct notification notification;

	(void)state;
	assert_string_equal(parse("STATUS=a=b c").status, "a=b c");
	assert_string_equal(parse("STATUS=\x1b[1m\t\xff\xc3\xa4").status,
			    "\\x1B[1m\\x09\\xFF\xc3\xa4");
	assert_int_equal(parse("STATUS=").flags, NOTIFICATION_STATUS);
	memset(text + 7, 'x', 100);
	assert_int_equal(strlen(parse(text).status),
			 NOTIFICATION_STATUS_SIZE - 1);
	/* Never half a character. */
	memcpy(text + 7 + NOTIFICATION_STATUS_SIZE - 2, "\xc3\xa4", 3);
	notification = parse(text);
	assert_int_equal(strlen(notification.status),
			 NOTIFICATION_STATUS_SIZE - 2);
}

static void names_fit_between_colons(void **state)
{
	char text[400] = "FDNAME=";

	(void)state;
	assert_string_equal(parse("FDNAME=a b").fd_name, "a b");
	assert_string_equal(parse("FDNAME=a:b").fd_name, "");
	assert_string_equal(parse("FDNAME=\x80").fd_name, "");
	memset(text + 7, 'x', 256);
	assert_string_equal(parse(text).fd_name, "");
	text[7 + 255] = '\0';
	assert_int_equal(strlen(parse(text).fd_name), 255);
}

static void garbage_is_no_message(void **state)
{
	struct notification notification;
	char large[NOTIFICATION_SIZE + 1];

	(void)state;
	memset(large, '=', sizeof(large));
	assert_false(notification_parse("", 0, &notification));
	assert_false(notification_parse("READY", 5, &notification));
	assert_false(notification_parse("READY=1\0X=2", 11, &notification));
	assert_true(notification_parse("READY=1", 8, &notification));
	assert_true(
		notification_parse(large, NOTIFICATION_SIZE, &notification));
	assert_false(notification_parse(large, sizeof(large), &notification));
}

/* ---- the store ---- */

static void store_is_bounded_and_knows_its_files(void **state)
{
	struct fd_store *store = fd_store_new(2);
	int null = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd_store_add(store, open("/dev/null", O_RDONLY), "", true));
	assert_true(fd_store_add(store, dup(null), "x", true));
	/* The same once more, and one too many. */
	assert_true(fd_store_add(store, dup(null), "y", true));
	assert_false(
		fd_store_add(store, open("/dev/zero", O_RDONLY), "z", true));
	assert_int_equal(fd_store_count(store), 2);
	assert_string_equal(fd_store_name(store, 0), "stored");
	assert_string_equal(fd_store_name(store, 1), "x");
	assert_int_equal(fd_store_remove(store, "y"), 0);
	assert_int_equal(fd_store_remove(store, "stored"), 1);
	assert_string_equal(fd_store_name(store, 0), "x");
	assert_int_equal(fd_store_resize(store, 0), 0);
	assert_int_equal(fd_store_count(store), 0);
	fd_store_free(store);
	close(null);
}

static void hung_up_files_are_dropped(void **state)
{
	struct fd_store *store = fd_store_new(4);
	struct pollfd watch = {.events = POLLIN};
	int one[2], other[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
	assert_int_equal(pipe(other), 0);
	fd_store_add(store, one[0], "socket", true);
	fd_store_add(store, other[0], "kept", false);
	fd_store_add(store, open("/dev/null", O_RDONLY), "null", true);
	watch.fd = fd_store_watch_fd(store);
	assert_int_equal(write(one[1], "x", 1), 1);
	assert_int_equal(poll(&watch, 1, 0), 0);
	close(one[1]);
	close(other[1]);
	assert_int_equal(poll(&watch, 1, 1000), 1);
	assert_int_equal(fd_store_drop_dead(store), 1);
	assert_int_equal(poll(&watch, 1, 0), 0);
	assert_int_equal(fd_store_count(store), 2);
	assert_string_equal(fd_store_name(store, 0), "kept");
	fd_store_free(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_have_just_one_value),
		cmocka_unit_test(numbers_are_read_whole),
		cmocka_unit_test(bad_numbers_are_skipped),
		cmocka_unit_test(status_is_safe_to_show),
		cmocka_unit_test(names_fit_between_colons),
		cmocka_unit_test(garbage_is_no_message),
		cmocka_unit_test(store_is_bounded_and_knows_its_files),
		cmocka_unit_test(hung_up_files_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
