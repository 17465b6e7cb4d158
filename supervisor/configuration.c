#include "config.h"

#include "supervisor/configuration.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/options.h"
#include "supervisor/values.h"

static int decode_scope(enum option_scope scope, const json_t *json,
			void *object, struct error *error)
{
	struct error reason;

	if (value_store_all(scope, json, object, &reason) == 0)
		return 0;
	return error_set(error, "cannot read the config: %s", reason.text);
}

static int decode_pool(const char *name, const json_t *json,
		       struct pool_config *pool, struct error *error)
{
	if (!name_is_valid(name))
		return error_set(error,
				 "cannot read the config: '%.80s' is no name "
				 "of a pool",
				 name);
	memcpy(pool->name, name, strlen(name) + 1);
	pool->text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
	if (!pool->text)
		return error_set(error,
				 "cannot read the config: out of memory");
	return decode_scope(OPTION_OF_POOL, json, pool, error);
}

struct configuration *configuration_decode(const json_t *json,
					   struct error *error)
{
	struct configuration *configuration = calloc(1, sizeof(*configuration));
	json_t *pools = json_object_get(json, "pools");
	const char *name;
	json_t *pool;

	if (configuration)
		configuration->pools = calloc(json_object_size(pools) + 1,
					      sizeof(*configuration->pools));
	if (!configuration || !configuration->pools) {
		configuration_free(configuration);
		error_set(error, "cannot read the config: out of memory");
		return NULL;
	}
	if (decode_scope(OPTION_OF_FILE, json, configuration, error) != 0) {
		configuration_free(configuration);
		return NULL;
	}
	json_object_foreach (pools, name, pool) {
		struct pool_config *place =
			&configuration->pools[configuration->pool_count++];

		if (decode_pool(name, pool, place, error) != 0) {
			configuration_free(configuration);
			return NULL;
		}
	}
	return configuration;
}

void configuration_free(struct configuration *configuration)
{
	if (!configuration)
		return;
	for (size_t i = 0; i < configuration->pool_count; i++) {
		value_release_all(OPTION_OF_POOL, &configuration->pools[i]);
		free(configuration->pools[i].text);
	}
	value_release_all(OPTION_OF_FILE, configuration);
	free(configuration->pools);
	free(configuration);
}

const struct pool_config *configuration_find_pool(
	const struct configuration *configuration, const char *name)
{
	for (size_t i = 0; i < configuration->pool_count; i++) {
		if (strcmp(configuration->pools[i].name, name) == 0)
			return &configuration->pools[i];
	}
	return NULL;
}

bool pool_config_has_notify(const struct pool_config *config)
{
	return config->ready.when == READY_NOTIFY ||
	       config->alive.heartbeat_ns > 0 || config->fd_store > 0;
}

uint64_t pool_config_most_workers(const struct pool_config *config)
{
	return (uint64_t)(config->scaling.max > config->workers
				  ? config->scaling.max
				  : config->workers);
}

uint64_t pool_config_files(const struct pool_config *config, uint64_t workers)
{
	uint64_t of_worker = pool_config_has_notify(config) ? 1 : 0;

	/* What is stored, and the epoll that watches it. */
	if (config->fd_store > 0)
		of_worker += 1 + (uint64_t)config->fd_store;
	return config->sockets.count + workers * of_worker;
}

uint64_t configuration_kept_files(uint64_t files)
{
	return files / 16;
}

uint64_t configuration_most_workers(uint64_t files, uint64_t others)
{
	/* A pidfd and the FIFOs of stdout and stderr; and what the supervisor
	 * needs for itself. */
	const uint64_t of_worker = 3;
	const uint64_t of_supervisor = 256 + configuration_kept_files(files);

	if (files < of_supervisor + others)
		return 0;
	return (files - of_supervisor - others) / of_worker;
}
