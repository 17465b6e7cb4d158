#include "config.h"

#include "supervisor/loader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "supervisor/values.h"

/* Writes `port` with the number of a worker filled in. Returns the number that
 * it is then; 0 when it is none. */
static long fill_port(const char *port, long index, char text[32])
{
	size_t used = 0;

	while (*port && used < 20) {
		bool brace = *port == '{';

		if (brace)
			used += (size_t)snprintf(text + used, 32 - used, "%ld",
						 index);
		else
			text[used++] = *port;
		port += brace ? strlen("{index}") : 1;
	}
	text[used] = '\0';
	return *port || used > 5 ? 0 : strtol(text, NULL, 10);
}

/* Whether the ports of all workers are ports. */
static void check_ports(struct loader *loader, const struct pool_draft *pool,
			const char *path, const struct target *target)
{
	const long last =
		pool->config.workers > 0 ? (long)pool->config.workers - 1 : 0;
	const long each[] = {0, last};

	for (size_t i = 0; target->port && i < 2; i++) {
		char text[32];
		long port = fill_port(target->port, each[i], text);

		if (port >= 1 && port <= 65535)
			continue;
		mistakes_add(&loader->mistakes, pool_draft_place(pool, path),
			     "the port of worker %ld would be %s; ports are "
			     "numbers from 1 to 65535",
			     each[i], text);
		return;
	}
}

static bool has_probe(const struct probe_config *probe)
{
	return probe->http.text || probe->tcp.text || probe->exec.count > 0;
}

/* A status or a body is of use only with http. */
static void check_http_keys(struct loader *loader,
			    const struct pool_draft *pool, const char *section,
			    const struct probe_config *probe)
{
	static const char *const keys[] = {"status", "body"};

	for (size_t i = 0; i < 2 && !probe->http.text; i++) {
		const struct node *node = pool_draft_find(
			pool,
			arena_print(&loader->arena, "%s.%s", section, keys[i]));

		if (node && pool->own != pool->key)
			mistakes_add(&loader->mistakes, node->place,
				     "'%s.%s' has no effect without '%s.http'; "
				     "leave it out, or write a URL",
				     section, keys[i], section);
	}
}

/* What makes a run ready: checks, where some are given. */
static void check_ready(struct loader *loader, struct pool_draft *pool)
{
	struct ready_config *ready = &pool->config.ready;
	const struct node *on = pool_draft_find(pool, "ready.when");
	bool checks =
		has_probe(&ready->probe) || ready->log.text || ready->up_ns > 0;

	if (on && checks && ready->when != READY_CHECKS)
		mistakes_add(&loader->mistakes, on->place,
			     "a run is ready either by '%s' or by checks; "
			     "leave one out",
			     on->text);
	else if (on && !checks && ready->when == READY_CHECKS)
		mistakes_add(&loader->mistakes, on->place,
			     "there is no check to be ready by; write one of "
			     "http, tcp, exec, log and up");
	if (!on && checks) {
		ready->when = READY_CHECKS;
		value_put(pool->json, "ready.when", json_string("checks"));
	}
}

/* A run that has to be up for longer than its start may take is never ready. */
static void check_up(struct loader *loader, const struct pool_draft *pool)
{
	const struct pool_config *config = &pool->config;
	char up[DURATION_TEXT_SIZE], timeout[DURATION_TEXT_SIZE];

	/* A timeout that could not be read is 0. */
	if (config->start.action != ACTION_RESTART || pool->own == pool->key ||
	    config->start.timeout_ns == 0 ||
	    config->ready.up_ns < config->start.timeout_ns)
		return;
	duration_format(config->ready.up_ns, up);
	duration_format(config->start.timeout_ns, timeout);
	mistakes_add(&loader->mistakes, pool_draft_place(pool, "ready.up"),
		     "no run is up for %s, as each that is not ready is ended "
		     "after %s (start.timeout); make this shorter, or that "
		     "longer",
		     up, timeout);
}

/* Keys of `alive` without a check are a mistake, but in the defaults. */
static void check_alive(struct loader *loader, const struct pool_draft *pool)
{
	const struct alive_config *alive = &pool->config.alive;
	const struct node *section = node_get(pool->own, "alive");

	if (!section || section->empty || pool->own == pool->key ||
	    has_probe(&alive->probe) || alive->heartbeat_ns > 0 ||
	    alive->silence_ns > 0 || alive->progress_ns > 0)
		return;
	mistakes_add(&loader->mistakes, section->place,
		     "'alive' checks nothing; write one of http, tcp, exec, "
		     "heartbeat, silence and progress in it");
}

static void check_probe(struct loader *loader, const struct pool_draft *pool,
			const char *section, const struct probe_config *probe)
{
	struct arena *arena = &loader->arena;

	check_ports(loader, pool, arena_print(arena, "%s.http", section),
		    &probe->http);
	check_ports(loader, pool, arena_print(arena, "%s.tcp", section),
		    &probe->tcp);
	check_http_keys(loader, pool, section, probe);
}

void loader_check_ready(struct loader *loader, struct pool_draft *pool)
{
	check_probe(loader, pool, "ready", &pool->config.ready.probe);
	check_ready(loader, pool);
	check_up(loader, pool);
}

void loader_check_alive(struct loader *loader, struct pool_draft *pool)
{
	check_probe(loader, pool, "alive", &pool->config.alive.probe);
	check_alive(loader, pool);
}
