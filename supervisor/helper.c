#include "config.h"

#include "supervisor/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void ignore_signals(void)
{
	static const int ignored[] = {SIGINT,  SIGTERM, SIGHUP,
				      SIGPIPE, SIGQUIT, SIGTSTP};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

int helper_init(struct helper *helper, const char *name, int argc, char **argv,
		struct error *error)
{
	struct stat status;

	if (argc != 4 || fstat(HELPER_SOCKET_FD, &status) < 0 ||
	    !S_ISSOCK(status.st_mode) ||
	    fcntl(HELPER_SOCKET_FD, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(HELPER_SOCKET_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(HELPER_WAKE_FD, F_SETFD, FD_CLOEXEC) < 0)
		return error_set(error,
				 "cannot run reeve-%s by hand: it is a "
				 "part of `reeve run`",
				 name);
	*helper = (struct helper){
		.name = name,
		.instance = argv[1],
		.runtime = argv[2],
		.state = argv[3],
		.socket = HELPER_SOCKET_FD,
		.wake = HELPER_WAKE_FD,
	};
	ignore_signals();
	return 0;
}

void helper_give_way(void)
{
	/* One that may not is as good as before. */
	setpriority(PRIO_PROCESS, 0, 10);
}
