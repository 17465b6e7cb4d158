#include "config.h"

#include "cli/post-mortem.h"

#include "base/size.h"
#include "cli/post-mortem-texts.h"
#include "base/span.h"
#include "cli/sparkline.h"
#include "cli/terminal.h"
#include "live/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Leaves room for what stands behind it on a terminal of 80 columns. */
enum { SPARKLINE_WIDTH = 46 };

static struct live_sample sample_at(const struct past_run *run, size_t i)
{
	struct live_sample sample;

	memcpy(&sample, run->samples + i * sizeof(sample), sizeof(sample));
	return sample;
}

/* The samples before the end, as two lines of bars: of the worker with all of
 * its processes. */
static void print_samples(FILE *out, const struct past_run *run)
{
	uint32_t cpu[LIVE_SAMPLES], memory[LIVE_SAMPLES];
	uint32_t most_cpu = 0, most_memory = 0;
	size_t count = run->samples_size / sizeof(struct live_sample);
	bool blocks = sparkline_has_blocks();
	char text[SIZE_TEXT_SIZE];

	if (count > LIVE_SAMPLES)
		count = LIVE_SAMPLES;
	for (size_t i = 0; i < count; i++) {
		struct live_sample sample = sample_at(run, i);

		cpu[i] = sample.cpu_permille;
		memory[i] = sample.rss_kib;
		most_cpu = cpu[i] > most_cpu ? cpu[i] : most_cpu;
		most_memory = memory[i] > most_memory ? memory[i] : most_memory;
	}
	if (count == 0)
		return;
	post_mortem_label(out, "CPU");
	sparkline_print(out, cpu, count, SPARKLINE_WIDTH, blocks);
	fprintf(out, " up to %u.%u%% in all\n", most_cpu / 10, most_cpu % 10);
	post_mortem_label(out, "memory");
	sparkline_print(out, memory, count, SPARKLINE_WIDTH, blocks);
	size_format_short((int64_t)most_memory * 1024, text);
	fprintf(out, " up to %s in all\n", text);
}

/* What to ask next, on one line where there is room for it. */
static void print_more(FILE *out, const struct post_mortem *post_mortem)
{
	enum { ROOM = 9 }; /* for group and worker, beside all else */
	const struct past_run *run = &post_mortem->run;
	int64_t from_us =
		run->started_at_us != 0 ? run->started_at_us : run->ended_at_us;
	char since[SPAN_TEXT_SIZE], group[24];
	size_t length = (size_t)snprintf(group, sizeof(group), "%" PRId64,
					 post_mortem->group.id);

	span_format_minute(from_us, since);
	post_mortem_label(out, "more");
	if (post_mortem->has_group && length + strlen(run->worker) <= ROOM) {
		fprintf(out, "reeve crashes %s; ", group);
	} else if (post_mortem->has_group) {
		fprintf(out, "reeve crashes %s\n", group);
		post_mortem_label(out, "");
	}
	fprintf(out, "reeve history %s --since '%s'\n", run->worker, since);
}

static void print_facts(FILE *out, const struct post_mortem *post_mortem)
{
	post_mortem_tell_head(out, post_mortem);
	putc('\n', out);
	post_mortem_tell_run(out, post_mortem);
	print_samples(out, &post_mortem->run);
}

static void print_rest(FILE *out, const struct post_mortem *post_mortem)
{
	putc('\n', out);
	post_mortem_tell_sequel(out, post_mortem);
	print_more(out, post_mortem);
}

/* What a part prints. The caller frees it. */
static char *compose(void (*print)(FILE *, const struct post_mortem *),
		     const struct post_mortem *post_mortem)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	print(out, post_mortem);
	fclose(out);
	return text;
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* The texts in the middle get the lines that the others leave. */
void post_mortem_print(FILE *out, const struct post_mortem *post_mortem)
{
	char *facts = compose(print_facts, post_mortem);
	char *rest = compose(print_rest, post_mortem);
	/* One line is for the prompt of the shell. */
	int room = terminal_lines(out) - 1 - count_lines(facts) -
		   count_lines(rest);

	fputs(facts, out);
	post_mortem_print_texts(out, post_mortem, room);
	fputs(rest, out);
	free(facts);
	free(rest);
}
