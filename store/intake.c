#include "config.h"

#include "store/intake.h"

#include "store/journal-name.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One segment in the folder. */
struct source {
	char writer[JOURNAL_WRITER_SIZE];
	uint64_t number;
	struct journal_segment *segment; /* NULL: not open, or no segment */
	bool junk; /* it is no segment */
	bool seen; /* by the present scan */
	bool last; /* of its writer */
	bool finished; /* read to its end, and there will be no more */
	uint64_t offset; /* read so far */
	uint64_t committed; /* of that, in the history */
};

struct intake {
	char folder[512];
	struct source *sources; /* by writer, then by number */
	size_t count;
	size_t capacity;
	size_t at; /* the source that is being read */
};

struct intake *intake_open(const char *folder, struct error *error)
{
	struct intake *intake = calloc(1, sizeof(*intake));

	if (!intake) {
		error_set_errno(error, "cannot read %s", folder);
		return NULL;
	}
	snprintf(intake->folder, sizeof(intake->folder), "%s", folder);
	return intake;
}

void intake_forget(struct intake *intake)
{
	for (size_t i = 0; i < intake->count; i++)
		journal_segment_close(intake->sources[i].segment);
	intake->count = 0;
	intake->at = 0;
}

void intake_close(struct intake *intake)
{
	if (!intake)
		return;
	intake_forget(intake);
	free(intake->sources);
	free(intake);
}

static void path_of(const struct intake *intake, const struct source *source,
		    char path[600])
{
	char name[JOURNAL_NAME_SIZE];

	journal_segment_name(name, source->writer, source->number);
	snprintf(path, 600, "%s/%s", intake->folder, name);
}

static struct source *find(struct intake *intake, const char *writer,
			   uint64_t number)
{
	for (size_t i = 0; i < intake->count; i++)
		if (intake->sources[i].number == number &&
		    strcmp(intake->sources[i].writer, writer) == 0)
			return &intake->sources[i];
	return NULL;
}

static struct source *add(struct intake *intake)
{
	size_t capacity = intake->capacity * 2 + 8;
	struct source *sources = intake->sources;

	if (intake->count == intake->capacity) {
		sources = realloc(sources, capacity * sizeof(*sources));
		if (!sources)
			return NULL;
		intake->sources = sources;
		intake->capacity = capacity;
	}
	sources += intake->count++;
	*sources = (struct source){0};
	return sources;
}

static int list(struct intake *intake, struct error *error)
{
	DIR *folder = opendir(intake->folder);
	char writer[JOURNAL_WRITER_SIZE];
	struct dirent *entry;
	struct source *source;
	uint64_t number;

	if (!folder)
		return error_set_errno(error, "cannot read %s", intake->folder);
	while ((entry = readdir(folder))) {
		if (!journal_name_parse(entry->d_name, writer, &number))
			continue;
		source = find(intake, writer, number);
		if (!source)
			source = add(intake);
		if (!source)
			break;
		snprintf(source->writer, sizeof(source->writer), "%s", writer);
		source->number = number;
		source->seen = true;
	}
	closedir(folder);
	return entry ? error_set(error, "cannot read %s: out of memory",
				 intake->folder)
		     : 0;
}

/* Somebody else removed it. */
static void drop_unseen(struct intake *intake)
{
	size_t kept = 0;

	for (size_t i = 0; i < intake->count; i++) {
		if (intake->sources[i].seen)
			intake->sources[kept++] = intake->sources[i];
		else
			journal_segment_close(intake->sources[i].segment);
	}
	intake->count = kept;
}

static int compare(const void *left, const void *right)
{
	const struct source *a = left, *b = right;
	int order = strcmp(a->writer, b->writer);

	if (order != 0)
		return order;
	return (a->number > b->number) - (a->number < b->number);
}

static int take_up(struct intake *intake, struct source *source,
		   struct history *history, struct error *error)
{
	char path[600];

	if (!source->segment && !source->junk) {
		path_of(intake, source, path);
		source->segment = journal_segment_open(path, error);
		source->junk = !source->segment && errno == EBADMSG;
		if (!source->segment)
			return source->junk ? 0 : -1;
		if (history_get_position(history,
					 journal_segment_id(source->segment),
					 &source->committed, error) < 0) {
			journal_segment_close(source->segment);
			source->segment = NULL;
			return -1;
		}
		source->offset = source->committed;
	}
	return 0;
}

int intake_scan(struct intake *intake, struct history *history,
		struct error *error)
{
	for (size_t i = 0; i < intake->count; i++)
		intake->sources[i].seen = false;
	if (list(intake, error) < 0)
		return -1;
	drop_unseen(intake);
	if (intake->count > 0)
		qsort(intake->sources, intake->count, sizeof(*intake->sources),
		      compare);
	intake->at = 0;
	for (size_t i = 0; i < intake->count; i++) {
		struct source *source = &intake->sources[i];

		if (take_up(intake, source, history, error) < 0)
			return -1;
		source->last = i + 1 == intake->count ||
			       strcmp(source[1].writer, source->writer) != 0;
		if (source->segment && source->last)
			journal_segment_rearm(source->segment);
		else if (source->segment)
			journal_segment_seal(source->segment);
	}
	return 0;
}

/* Reads on in one source. Sets `item->damaged` and returns whether there is
 * something to tell. */
static bool read_source(struct source *source, struct intake_item *item)
{
	bool ended;

	item->damaged = 0;
	if (source->finished)
		return false;
	if (!source->segment) {
		/* Whatever it was, the writer has left it behind. */
		source->finished = source->junk && !source->last;
		item->damaged = source->finished ? 1 : 0;
		return source->finished;
	}
	ended = journal_segment_next(source->segment, &source->offset,
				     &item->record, &item->damaged) == 0;
	item->has_record = !ended;
	source->finished = ended && !source->last;
	return !ended || item->damaged > 0;
}

int intake_next(struct intake *intake, struct intake_item *item)
{
	for (; intake->at < intake->count; intake->at++) {
		struct source *source = &intake->sources[intake->at];

		item->has_record = false;
		item->writer = source->writer;
		if (read_source(source, item))
			return 1;
	}
	return 0;
}

int intake_save(struct intake *intake, struct history *history,
		struct error *error)
{
	for (size_t i = 0; i < intake->count; i++) {
		struct source *source = &intake->sources[i];

		if (source->offset != source->committed &&
		    history_set_position(history,
					 journal_segment_id(source->segment),
					 source->writer, source->number,
					 source->offset, error) < 0)
			return -1;
	}
	return 0;
}

void intake_committed(struct intake *intake, struct history *history)
{
	struct error ignored;
	char path[600];

	for (size_t i = 0; i < intake->count; i++) {
		struct source *source = &intake->sources[i];

		source->committed = source->offset;
		if (!source->finished)
			continue;
		path_of(intake, source, path);
		/* A position that stays behind does no harm. */
		if (unlink(path) == 0 && source->segment)
			history_drop_position(
				history, journal_segment_id(source->segment),
				&ignored);
	}
}

void intake_rolled_back(struct intake *intake)
{
	intake->at = 0;
	for (size_t i = 0; i < intake->count; i++) {
		intake->sources[i].offset = intake->sources[i].committed;
		intake->sources[i].finished = false;
	}
}
