#include "config.h"

#include "store/log-list.h"

#include "live/table.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_worker(const struct log_list *list, struct log_worker *worker,
			const char *pool, unsigned index)
{
	*worker = (struct log_worker){.index = index};
	snprintf(worker->pool, sizeof(worker->pool), "%s", pool);
	snprintf(worker->name, sizeof(worker->name), "%.63s/%u", pool, index);
	snprintf(worker->path, sizeof(worker->path), "%s/%.63s.%u.log",
		 list->folder, pool, index);
}

static bool is_meant(const char *name, const struct log_worker *worker)
{
	return !strcmp(name, "all") || !strcmp(name, worker->pool) ||
	       !strcmp(name, worker->name);
}

static bool is_wanted(const struct log_list *list,
		      const struct log_worker *worker)
{
	for (size_t i = 0; i < list->name_count; i++)
		if (is_meant(list->names[i], worker))
			return true;
	return false;
}

bool log_list_parse(const struct log_list *list, const char *file,
		    struct log_worker *worker)
{
	const char *dot = strchr(file, '.');
	char pool[NAME_SIZE];
	unsigned long index;
	char *end;

	if (!dot || dot - file >= NAME_SIZE || !isdigit((unsigned char)dot[1]))
		return false;
	snprintf(pool, sizeof(pool), "%.*s", (int)(dot - file), file);
	errno = 0;
	index = strtoul(dot + 1, &end, 10);
	if (errno != 0 || index > UINT32_MAX || strcmp(end, ".log") != 0)
		return false;
	make_worker(list, worker, pool, (unsigned)index);
	return is_wanted(list, worker);
}

static int add(struct log_list *list, const struct log_worker *worker)
{
	struct log_worker *workers = list->workers;

	/* Grows when the count is a power of two. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t capacity = list->count > 0 ? list->count * 2 : 1;

		workers = realloc(workers, capacity * sizeof(*workers));
		if (!workers)
			return -1;
		list->workers = workers;
	}
	workers[list->count++] = *worker;
	return 0;
}

static int add_from_folder(struct log_list *list)
{
	DIR *folder = opendir(list->folder);
	struct log_worker worker;
	struct dirent *entry;
	int result = 0;

	if (!folder)
		return errno == ENOENT ? 0 : -1;
	while (result == 0 && (entry = readdir(folder)))
		if (log_list_parse(list, entry->d_name, &worker))
			result = add(list, &worker);
	closedir(folder);
	return result;
}

/* Workers that printed nothing so far. Not every instance has a live table. */
static int add_from_table(struct log_list *list, const struct log_place *place)
{
	struct live_table *table;
	struct error ignored;
	int result = 0;

	table = live_table_open(place->live_path, &ignored);
	for (uint32_t slot = 0;
	     table && result == 0 && slot < live_table_capacity(table);
	     slot++) {
		struct live_worker live;
		struct live_pool pool;
		struct log_worker worker;

		if (!live_table_get_worker(table, slot, &live))
			continue;
		live_table_get_pool(table, live.pool, &pool);
		make_worker(list, &worker, pool.name, live.index);
		if (!pool.hidden && is_wanted(list, &worker))
			result = add(list, &worker);
	}
	live_table_close(table);
	return result;
}

static int compare(const void *left, const void *right)
{
	const struct log_worker *a = left, *b = right;
	int pools = strcmp(a->pool, b->pool);

	if (pools != 0)
		return pools;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void sort(struct log_list *list)
{
	size_t count = 0;

	if (list->count == 0)
		return;
	qsort(list->workers, list->count, sizeof(*list->workers), compare);
	for (size_t i = 1; i < list->count; i++)
		if (compare(&list->workers[count], &list->workers[i]) != 0)
			list->workers[++count] = list->workers[i];
	list->count = count + 1;
}

/* Each name must mean somebody. */
static int check_names(const struct log_list *list,
		       const struct log_place *place, struct error *error)
{
	for (size_t i = 0; i < list->name_count; i++) {
		bool found_one = !strcmp(list->names[i], "all");

		for (size_t j = 0; j < list->count && !found_one; j++)
			found_one = is_meant(list->names[i], &list->workers[j]);
		if (!found_one) {
			error_set(error,
				  "cannot find %s: %s has no such pool or "
				  "worker",
				  list->names[i], place->instance);
			errno = ENOENT;
			return -1;
		}
	}
	return 0;
}

int log_list_find(struct log_list *list, const struct log_place *place,
		  const char *const *names, size_t name_count,
		  struct error *error)
{
	int result;

	*list = (struct log_list){.names = names, .name_count = name_count};
	snprintf(list->folder, sizeof(list->folder), "%s/log",
		 place->state_dir);
	result = add_from_folder(list);
	if (result == 0)
		result = add_from_table(list, place);
	if (result < 0) {
		error_set_errno(error, "cannot read %s", list->folder);
		errno = EIO;
	} else {
		sort(list);
		result = check_names(list, place, error);
	}
	if (result < 0)
		free(list->workers);
	return result;
}

void log_list_release(struct log_list *list)
{
	free(list->workers);
}
