#include "config.h"

#include "supervisor/health-state.h"

#include "supervisor/pool.h"
#include "supervisor/worker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds to a list, as far as there is room. */
static void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	if (used > 0)
		used += (size_t)snprintf(text + used, size - used, "; ");
	if (used >= size)
		return;
	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
}

void health_say_missing(const struct worker *worker, char *text, size_t size)
{
	const struct ready_config *ready = &worker->pool->config->ready;
	const struct health *health = worker->health;

	*text = '\0';
	if (ready->when == READY_NOTIFY)
		append(text, size, "it has not said READY=1");
	if (!health || health->phase != PHASE_ASKING)
		return;
	for (int i = 0; i < PROBE_COUNT; i++) {
		const char *wrong = health->asking[i].wrong;

		if (health->missing & (1u << i))
			append(text, size, "%s: %s", health_names[i],
			       *wrong ? wrong : "no answer yet");
	}
	if (health->missing & (1u << KIND_LOG))
		append(text, size, "log: no line matches %s", ready->log.text);
	if (health->missing & (1u << KIND_UP))
		append(text, size, "up: not for so long");
}
