#include "config.h"

#include "supervisor/loader.h"

#include <fcntl.h>
#include <hwloc.h>
#include <string.h>
#include <unistd.h>

#include "base/cpulist.h"

struct topology {
	hwloc_topology_t hwloc;
};

/* The CPUs that are switched on (sysfs-devices-system-cpu). */
static bool read_present(cpu_set_t *present)
{
	char text[4096];
	int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return cpulist_parse(text, present) == 0;
}

void loader_find_cpus(struct loader *loader)
{
	if (sched_getaffinity(0, sizeof(loader->usable), &loader->usable) != 0)
		CPU_ZERO(&loader->usable);
	if (!read_present(&loader->present))
		loader->present = loader->usable;
}

/* Takes the CPUs of a made-up machine for those of this one. */
static void take_made_up(struct loader *loader)
{
	hwloc_const_cpuset_t cpus =
		hwloc_topology_get_topology_cpuset(loader->topology->hwloc);

	CPU_ZERO(&loader->present);
	for (int cpu = hwloc_bitmap_first(cpus); cpu >= 0 && cpu < CPU_SETSIZE;
	     cpu = hwloc_bitmap_next(cpus, cpu))
		CPU_SET((size_t)cpu, &loader->present);
	loader->usable = loader->present;
}

int loader_find_topology(struct loader *loader, struct error *error)
{
	struct topology *topology;

	if (loader->topology)
		return 0;
	topology = arena_alloc(&loader->arena, sizeof(*topology));
	if (hwloc_topology_init(&topology->hwloc) != 0)
		return error_set(error, "the cores of this machine cannot be "
					"found; use mode all");
	if (hwloc_topology_load(topology->hwloc) != 0) {
		hwloc_topology_destroy(topology->hwloc);
		return error_set(error, "the cores of this machine cannot be "
					"found; use mode all");
	}
	loader->topology = topology;
	if (!hwloc_topology_is_thissystem(topology->hwloc))
		take_made_up(loader);
	return 0;
}

void loader_free_topology(struct loader *loader)
{
	if (loader->topology)
		hwloc_topology_destroy(loader->topology->hwloc);
	loader->topology = NULL;
}

/* The CPU that is number `sibling` of those of a core that are in `cpus`, or
 * -1. */
static int core_cpu(hwloc_obj_t core, const cpu_set_t *cpus, int sibling)
{
	for (int cpu = hwloc_bitmap_first(core->cpuset);
	     cpu >= 0 && cpu < CPU_SETSIZE;
	     cpu = hwloc_bitmap_next(core->cpuset, cpu)) {
		if (CPU_ISSET((size_t)cpu, cpus) && sibling-- == 0)
			return cpu;
	}
	return -1;
}

size_t loader_spread(const struct loader *loader, const cpu_set_t *cpus,
		     int *order)
{
	hwloc_topology_t hwloc = loader->topology->hwloc;
	/* without cores, as in some containers, each CPU is one */
	const int cores = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_CORE);
	const hwloc_obj_type_t type = cores > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
	const int places = hwloc_get_nbobjs_by_type(hwloc, type);
	const size_t wanted = (size_t)CPU_COUNT(cpus);
	size_t count = 0;
	bool found = true;

	for (int sibling = 0; found && count < wanted; sibling++) {
		found = false;
		for (int i = 0; i < places; i++) {
			hwloc_obj_t core =
				hwloc_get_obj_by_type(hwloc, type, (unsigned)i);
			int cpu = core_cpu(core, cpus, sibling);

			if (cpu < 0)
				continue;
			order[count++] = cpu;
			found = true;
		}
	}
	return count;
}
