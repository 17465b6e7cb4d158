#include "config.h"

#include "tui/panel.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/size.h"
#include "tui/chart.h"
#include "tui/format.h"

enum {
	LEAST_ROWS = 3,
	MOST_ROWS = 11,
	BESIDE_COLUMNS = 120, /* two charts of nearly all samples in braille */
	LIST_CANVAS_ROWS = 30, /* a list has a panel from here on */
	LIST_PANEL_ROWS = 9,
	SCALE_TEXT_SIZE = 40,
	NS_PER_US = 1000,
};

/* Part of the canvas. */
struct area {
	int top;
	int bottom; /* not in it */
	int left;
	int right; /* not in it */
};

/* What is drawn of the samples: a `const` class. */
struct series {
	const char *title;
	sample_value_fn *value;
	/* chooses what fills the chart, given the largest value, and says it */
	uint32_t (*scale)(uint32_t largest, char text[SCALE_TEXT_SIZE]);
};

/* At least one whole CPU. */
static uint32_t scale_cpu(uint32_t largest, char text[SCALE_TEXT_SIZE])
{
	enum { ONE_CPU_PERMILLE = 1000 };

	if (largest < ONE_CPU_PERMILLE)
		largest = ONE_CPU_PERMILLE;
	snprintf(text, SCALE_TEXT_SIZE, "0-%" PRIu32 "%%", largest / 10);
	return largest;
}

/* A quarter more than needed, so that memory that stays the same is no block
 * of ink. */
static uint32_t scale_memory(uint32_t largest, char text[SCALE_TEXT_SIZE])
{
	uint32_t maximum = largest < 1024 ? 1024 : largest;
	char size[SIZE_TEXT_SIZE];

	if (maximum < UINT32_MAX - maximum / 4)
		maximum += maximum / 4;
	size_format_short((int64_t)maximum * 1024, size);
	snprintf(text, SCALE_TEXT_SIZE, "0-%s", size);
	return maximum;
}

static const struct series cpu = {"CPU", sample_cpu_permille, scale_cpu};
static const struct series memory = {"memory", sample_rss_kib, scale_memory};

static void draw_title(struct canvas *canvas, const struct area *area,
		       const struct model *model, const char *name,
		       const char *title, size_t samples, const char *scale)
{
	int64_t each_us =
		model->snapshot.instance.sample_interval_ns / NS_PER_US;
	struct pen pen = {canvas, area->top, area->left, area->right};
	char span[AGE_TEXT_SIZE];

	format_age((int64_t)samples * each_us, span);
	pen_put(&pen, ROLE_DIM, &canvas->glyphs->rule, 1);
	pen_print(&pen, ROLE_STRONG, " %s%s%s ", name, *name ? " " : "", title);
	pen_print(&pen, ROLE_DIM, "last %s, %s ", span, scale);
	while (pen.column < pen.end)
		pen_put(&pen, ROLE_DIM, &canvas->glyphs->rule, 1);
}

static void draw_series(struct canvas *canvas, const struct area *area,
			const struct model *model,
			const struct model_worker *workers, size_t count,
			const char *name, const struct series *series)
{
	uint32_t values[LIVE_SAMPLES];
	wchar_t text[LIVE_SAMPLES];
	char scale[SCALE_TEXT_SIZE];
	uint32_t largest = 0;
	struct chart chart = {
		.glyphs = canvas->glyphs,
		.values = values,
		.count = model_samples(model, workers, count, series->value,
				       values, LIVE_SAMPLES),
		.rows = (size_t)(area->bottom - area->top - 1),
		.cells = (size_t)(area->right - area->left),
	};
	size_t capacity = LIVE_SAMPLES / chart_capacity(canvas->glyphs, 1);

	if (chart.cells > capacity)
		chart.cells = capacity;
	for (size_t i = 0; i < chart.count; i++)
		largest = values[i] > largest ? values[i] : largest;
	chart.maximum = series->scale(largest, scale);
	draw_title(canvas, area, model, name, series->title,
		   chart_capacity(canvas->glyphs, chart.cells), scale);
	for (size_t row = 0; row < chart.rows; row++) {
		struct pen pen = {canvas, area->top + 1 + (int)row,
				  area->right - (int)chart.cells, area->right};

		chart_row(&chart, row, text);
		pen_put(&pen, ROLE_CHART, text, chart.cells);
	}
}

void panel_draw(struct canvas *canvas, int top, int bottom,
		const struct model *model, const struct model_worker *workers,
		size_t count, const char *name)
{
	struct area first = {top, bottom, 1, canvas->columns - 1};
	struct area second = first;

	if (canvas->columns >= BESIDE_COLUMNS) {
		first.right = canvas->columns / 2 - 1;
		second.left = canvas->columns / 2 + 1;
	} else {
		first.bottom = second.top = top + (bottom - top) / 2;
	}
	if (first.bottom - first.top < LEAST_ROWS)
		return;
	if (first.bottom - first.top > MOST_ROWS) {
		first.bottom = first.top + MOST_ROWS;
		if (second.top != first.top)
			second.top = first.bottom;
		second.bottom = second.top + MOST_ROWS;
	}
	draw_series(canvas, &first, model, workers, count, name, &cpu);
	draw_series(canvas, &second, model, workers, count, name, &memory);
}

int panel_top(const struct canvas *canvas, int bottom)
{
	return canvas->rows < LIST_CANVAS_ROWS ? bottom
					       : bottom - LIST_PANEL_ROWS;
}
