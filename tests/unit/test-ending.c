#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <cmocka.h>

#include "base/ending.h"

static void endings_are_said_in_words(void **state)
{
	static const struct {
		struct ending ending;
		const char *text;
	} cases[] = {
		{{.cause = CAUSE_NONE}, ""},
		{{.cause = CAUSE_EXITED}, "exited with code 0"},
		{{.cause = CAUSE_CRASHED, .code = 3}, "exited with code 3"},
		{{.cause = CAUSE_CRASHED, .signal = SIGSEGV, .core = true},
		 "crashed by SIGSEGV, core dumped"},
		{{.cause = CAUSE_CRASHED, .signal = SIGKILL},
		 "killed by SIGKILL"},
		{{.cause = CAUSE_STOPPED, .signal = SIGTERM}, "stopped"},
		{{.cause = CAUSE_STOPPED, .signal = SIGKILL},
		 "stopped, killed by SIGKILL"},
		{{.cause = CAUSE_NOT_STARTED,
		  .step = "execve",
		  .object = "/srv/x",
		  .error_number = ENOENT},
		 "not started: execve /srv/x: No such file or directory"},
		{{.cause = CAUSE_NOT_STARTED,
		  .step = "clone3",
		  .object = "",
		  .error_number = EAGAIN},
		 "not started: clone3: Resource temporarily unavailable"},
		{{.cause = (enum end_cause)99, .code = 1},
		 "exited with code 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[ENDING_TEXT_SIZE];

		ending_describe(&cases[i].ending, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endings_are_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
