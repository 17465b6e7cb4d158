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
	/* Those too that reeve may use only later. */
	hwloc_topology_set_flags(topology->hwloc,
				 HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
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

/* The NUMA node with this CPU; the first one that says so. */
static int node_of(hwloc_topology_t hwloc, hwloc_const_cpuset_t cpus)
{
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE,
						  node)))
		if (hwloc_bitmap_isincluded(cpus, node->cpuset))
			return (int)node->os_index;
	return 0;
}

/* The number of its core; without cores, as in some containers, each CPU is
 * one. */
static int core_of(hwloc_topology_t hwloc, hwloc_obj_t cpu)
{
	hwloc_obj_t core =
		hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, cpu);

	return (int)(core ? core : cpu)->logical_index;
}

json_t *loader_machine(const struct loader *loader)
{
	hwloc_topology_t hwloc = loader->topology->hwloc;
	json_t *list = json_array();
	hwloc_obj_t cpu = NULL;

	while ((cpu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, cpu))) {
		int core = core_of(hwloc, cpu);
		int node = node_of(hwloc, cpu->cpuset);

		if (cpu->os_index < CPU_SETSIZE && core < CPU_SETSIZE &&
		    node < CPU_SETSIZE)
			json_array_append_new(
				list, json_pack("[iii]", (int)cpu->os_index,
						core, node));
	}
	return list;
}
