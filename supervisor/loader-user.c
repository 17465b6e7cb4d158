#include "config.h"

#include "supervisor/loader.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t loader_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, data) != 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* Whether this process may become any user (capabilities(7)). */
static bool may_change_user(void)
{
	const uint64_t needed = 1u << CAP_SETUID | 1u << CAP_SETGID;

	return (loader_capabilities() & needed) == needed;
}

/* The entry of a user by name, or by number when there is no such name. */
static const struct passwd *find_user(const char *name)
{
	const struct passwd *entry = getpwnam(name);
	const size_t digits = strspn(name, "0123456789");

	if (!entry && digits > 0 && digits < 10 && name[digits] == '\0')
		entry = getpwuid((uid_t)strtoul(name, NULL, 10));
	return entry;
}

static json_t *group_list(const struct passwd *entry)
{
	enum { GROUP_LIMIT = 1024 };
	gid_t groups[GROUP_LIMIT];
	int count = GROUP_LIMIT;
	json_t *list = json_array();

	if (getgrouplist(entry->pw_name, entry->pw_gid, groups, &count) < 0)
		count = GROUP_LIMIT;
	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_integer(groups[i]));
	return list;
}

json_t *loader_user(struct loader *loader, const struct node *node,
		    const char *name)
{
	const struct passwd *entry = find_user(name);
	const struct passwd *own;

	if (!entry) {
		mistakes_add(&loader->mistakes, node->place,
			     "there is no user '%.80s'; write the name of a "
			     "user of this system",
			     name);
		return NULL;
	}
	if (!may_change_user() && entry->pw_uid == geteuid())
		return json_null();
	if (!may_change_user()) {
		own = getpwuid(geteuid());
		mistakes_add(&loader->mistakes, node->place,
			     "reeve may not become '%.80s', as it runs as %s; "
			     "leave 'user' out, or run reeve as root",
			     name, own ? own->pw_name : "an ordinary user");
		return NULL;
	}
	return json_pack("{s:s, s:I, s:I, s:o}", "name", entry->pw_name, "uid",
			 (json_int_t)entry->pw_uid, "gid",
			 (json_int_t)entry->pw_gid, "groups",
			 group_list(entry));
}

/* The number of a group by name, or by number when there is no such name. */
static bool find_group(const char *name, gid_t *gid)
{
	const struct group *entry = getgrnam(name);
	const size_t digits = strspn(name, "0123456789");

	if (entry)
		*gid = entry->gr_gid;
	else if (digits > 0 && digits < 10 && name[digits] == '\0')
		*gid = (gid_t)strtoul(name, NULL, 10);
	else
		return false;
	return true;
}

json_t *loader_group(struct loader *loader, const struct node *node,
		     const char *name, bool may_be_own)
{
	gid_t gid;

	if (!find_group(name, &gid)) {
		mistakes_add(&loader->mistakes, node->place,
			     "there is no group '%.80s'; write the name of a "
			     "group of this system",
			     name);
		return NULL;
	}
	if (may_change_user())
		return json_integer(gid);
	if (may_be_own && gid == getegid())
		return json_null();
	mistakes_add(&loader->mistakes, node->place,
		     "reeve may not change to the group '%.80s', as it does "
		     "not run as root; leave it out, or run reeve as root",
		     name);
	return NULL;
}
