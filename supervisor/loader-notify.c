#include "config.h"

#include "supervisor/loader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "base/folders.h"
#include "supervisor/spawn.h"

/* Whether a user may pass through a folder. Where it has an access control
 * list, that is not looked into. */
static bool may_pass(const char *path, const struct user_config *user)
{
	struct stat status;
	bool group;

	if (stat(path, &status) != 0 || user->uid == 0 ||
	    getxattr(path, "system.posix_acl_access", NULL, 0) > 0)
		return true;
	if (status.st_uid == user->uid)
		return status.st_mode & S_IXUSR;
	group = status.st_gid == user->gid;
	for (size_t i = 0; i < user->group_count; i++)
		group |= status.st_gid == user->groups[i];
	return status.st_mode & (group ? S_IXGRP : S_IXOTH);
}

/* Says which folder on the way to the sockets is closed to the user. */
static void check_reach(struct loader *loader, const struct pool_draft *pool,
			const char *runtime)
{
	char path[sizeof(((struct folders *)0)->runtime)];

	for (const char *at = runtime; *at != '\0';) {
		at += 1 + strcspn(at + 1, "/");
		snprintf(path, sizeof(path), "%.*s", (int)(at - runtime),
			 runtime);
		if (may_pass(path, &pool->config.user))
			continue;
		mistakes_add(&loader->mistakes, pool_draft_place(pool, "user"),
			     "the user '%s' cannot reach the notify sockets, "
			     "as %s is closed to it; open that (chmod o+x), "
			     "or choose another runtime_dir",
			     pool->config.user.name, path);
		return;
	}
}

static void check_length(struct loader *loader, const struct pool_draft *pool,
			 const char *runtime, uint64_t workers)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	char path[1024];
	int length =
		snprintf(path, sizeof(path), "%s/notify/%s.%" PRIu64, runtime,
			 pool->name, workers > 0 ? workers - 1 : 0);

	if ((size_t)length > most)
		mistakes_add(&loader->mistakes, pool->key->place,
			     "the path of its notify socket, %s, has %d bytes, "
			     "and a socket's path at most %zu; choose a "
			     "shorter runtime_dir or name",
			     path, length, most);
}

static void check_room(struct loader *loader, const struct pool_draft *pool)
{
	const int64_t room = SPAWN_FD_MAX - 3;
	int64_t sockets = (int64_t)pool->config.sockets.count;

	if (pool->config.fd_store > 0 && sockets + pool->config.fd_store > room)
		mistakes_add(&loader->mistakes,
			     pool_draft_place(pool, "fd_store"),
			     "%" PRId64 " sockets and %" PRId64
			     " stored descriptors are too many for a run; "
			     "it can be handed %" PRId64 " in all",
			     sockets, pool->config.fd_store, room);
}

void loader_check_notify(struct loader *loader,
			 const struct configuration *file)
{
	struct folders folders;
	struct error ignored;
	bool found = folders_find(&folders, file->instance, file->runtime_dir,
				  file->state_dir, &ignored) == 0;

	for (size_t i = 0; i < loader->pool_count; i++) {
		const struct pool_draft *pool = &loader->pools[i];

		check_room(loader, pool);
		/* What else is wrong with the folders, `run` says. */
		if (!found || !pool_config_has_notify(&pool->config))
			continue;
		check_length(loader, pool, folders.runtime,
			     pool_config_most_workers(&pool->config));
		if (pool->config.user.set)
			check_reach(loader, pool, folders.runtime);
	}
}
