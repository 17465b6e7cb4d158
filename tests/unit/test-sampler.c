#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "supervisor/helper.h"
#include "supervisor/message.h"
#include "sampler-fixture.h"

/* The program reeve-sampler. */

/* Runs reeve-sampler for the folder of the test. Returns our end of its
 * socket. */
static int start_sampler(struct fixture *fixture, pid_t *pid)
{
	const char *build = getenv("REEVE_BUILD_DIR");
	char path[512];
	int ends[2], wake = eventfd(0, 0);

	snprintf(path, sizeof(path), "%s/reeve-sampler", build ? build : ".");
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid == 0) {
		int socket = fcntl(ends[1], F_DUPFD, 10);
		int eventfd = fcntl(wake, F_DUPFD, 10);

		dup2(socket, HELPER_SOCKET_FD);
		dup2(eventfd, HELPER_WAKE_FD);
		execl(path, path, "shop", fixture->folder, fixture->folder,
		      NULL);
		_exit(127);
	}
	close(wake);
	close(ends[1]);
	return ends[0];
}

/* Waits until the sampler has measured so often; it must not end before. */
static void wait_for_samples(const struct live_table *table, pid_t sampler,
			     uint32_t samples)
{
	struct live_usage usage = {0};

	while (!live_table_get_usage(table, 0, &usage) ||
	       usage.run_samples < samples) {
		assert_int_equal(waitpid(sampler, NULL, WNOHANG), 0);
		poll(NULL, 0, 5);
	}
}

static void assert_ends_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void the_sampler_follows_the_table(void **state)
{
	const struct message finish = {.kind = MESSAGE_FINISH};
	struct fixture *fixture = *state;
	pid_t sampler;
	int socket = start_sampler(fixture, &sampler);

	/* It may be there before the table. */
	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	set_worker(fixture, 0, 7);
	wait_for_samples(fixture->table, sampler, 2);
	make_table(fixture, 2);
	wait_for_samples(fixture->table, sampler, 10);
	assert_int_equal(message_send(socket, &finish), 0);
	assert_ends_well(sampler);
	close(socket);
}

static void the_sampler_ends_with_the_supervisor(void **state)
{
	struct fixture *fixture = *state;
	pid_t sampler;
	int socket;

	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	set_worker(fixture, 0, 7);
	socket = start_sampler(fixture, &sampler);
	wait_for_samples(fixture->table, sampler, 1);
	close(socket);
	assert_ends_well(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_sampler_follows_the_table),
		TEST(the_sampler_ends_with_the_supervisor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
