#ifndef FAKE_CGROUPS_H
#define FAKE_CGROUPS_H

#include "supervisor/cgroup.h"

#include <sys/types.h>

/*
 * A fake cgroup2 tree: plain files in a folder, and the rules of the kernel for
 * those that are written (cgroups(7)), by wrapped calls (-Wl,--wrap=fopen,
 * mkdir, rmdir, write). /proc/self/cgroup and mountinfo are files there too.
 */

/* The tree; "unified" below it is the mount of cgroup2. */
extern char fake_root[64];
/* The cgroup that reeve was started in, with all controllers. */
extern char fake_own[128];
/* Those of an instance called "test". */
extern struct cgroups fake_cgroups;

void fake_put(const char *folder, const char *file, const char *text);

/* In a static buffer. */
const char *fake_get(const char *folder, const char *file);

/* For cmocka. */
int fake_set_up(void **state);
int fake_tear_down(void **state);

/* mkdir(2) as it is, outside of the fake. */
int __real_mkdir(const char *path, mode_t mode);

#endif
