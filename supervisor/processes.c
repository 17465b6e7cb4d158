#include "config.h"

#include "supervisor/processes.h"

#include <errno.h>
#include <libproc2/pids.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All of these stand in /proc/PID/stat: one more file for each process would
 * make the pass half as long again. Members of a result are read by name;
 * PIDS_VAL has other arguments in procps 4.0.5. */
static enum pids_item items[] = {
	PIDS_ID_PID,	PIDS_ID_PPID,	 PIDS_ID_SESSION, PIDS_STATE, PIDS_NLWP,
	PIDS_PROCESSOR, PIDS_TICS_ALL_C, PIDS_TICS_BEGAN, PIDS_RSS,
};

enum {
	ITEM_PID,
	ITEM_PARENT,
	ITEM_SESSION,
	ITEM_STATE,
	ITEM_THREADS,
	ITEM_PROCESSOR,
	ITEM_TICKS,
	ITEM_START,
	ITEM_RSS,
	ITEM_COUNT
};

int processes_init(struct processes *processes, struct error *error)
{
	int result;

	*processes = (struct processes){
		.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	result = procps_pids_new(&processes->info, items, ITEM_COUNT);
	if (result < 0) {
		errno = -result;
		return error_set_errno(error, "cannot read /proc");
	}
	return 0;
}

void processes_release(struct processes *processes)
{
	procps_pids_unref(&processes->info);
	free(processes->list);
	free(processes->map);
}

/* Makes room for `count` processes. */
static int grow(struct processes *processes, size_t count)
{
	size_t capacity = 256;
	struct process *list;
	uint32_t *map;

	if (count <= processes->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	list = malloc(capacity * sizeof(*list));
	map = malloc(2 * capacity * sizeof(*map));
	if (!list || !map) {
		free(list);
		free(map);
		return -1;
	}
	free(processes->list);
	free(processes->map);
	processes->list = list;
	processes->map = map;
	processes->capacity = capacity;
	processes->map_size = 2 * capacity;
	return 0;
}

/* The place in the map of `pid`, or the free one where it would be. */
static uint32_t *find_place(const struct processes *processes, pid_t pid)
{
	size_t mask = processes->map_size - 1;
	uint32_t hash = (uint32_t)pid * UINT32_C(2654435761);
	size_t place = hash & mask;

	while (processes->map[place] != 0 &&
	       processes->list[processes->map[place] - 1].pid != pid)
		place = (place + 1) & mask;
	return &processes->map[place];
}

struct process *processes_find(const struct processes *processes, pid_t pid)
{
	uint32_t number;

	if (processes->count == 0)
		return NULL;
	number = *find_place(processes, pid);
	return number ? &processes->list[number - 1] : NULL;
}

static void add(struct processes *processes, const struct pids_result *results)
{
	struct process *process = &processes->list[processes->count];

	*process = (struct process){
		.pid = results[ITEM_PID].result.s_int,
		.parent = results[ITEM_PARENT].result.s_int,
		.session = results[ITEM_SESSION].result.s_int,
		.state = (char)results[ITEM_STATE].result.s_ch,
		.threads = (uint32_t)results[ITEM_THREADS].result.s_int,
		.processor = results[ITEM_PROCESSOR].result.s_int,
		.cpu_ticks = results[ITEM_TICKS].result.ull_int,
		.start_ticks = results[ITEM_START].result.ull_int,
		.rss_bytes =
			results[ITEM_RSS].result.ul_int * processes->page_bytes,
		.slot = PROCESS_NO_SLOT,
	};
	*find_place(processes, process->pid) = (uint32_t)++processes->count;
}

int processes_read(struct processes *processes, struct error *error)
{
	const struct pids_fetch *fetch =
		procps_pids_reap(processes->info, PIDS_FETCH_TASKS_ONLY);

	processes->count = 0;
	if (!fetch)
		return error_set_errno(error, "cannot read /proc");
	if (grow(processes, (size_t)fetch->counts->total) < 0)
		return error_set_errno(error, "cannot list all processes");
	memset(processes->map, 0,
	       processes->map_size * sizeof(*processes->map));
	for (int i = 0; i < fetch->counts->total; i++)
		add(processes, fetch->stacks[i]->head);
	return 0;
}
