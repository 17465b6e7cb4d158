#include "config.h"

#include "tui/cells.h"

#include <inttypes.h>

#include "base/size.h"
#include "tui/chart.h"
#include "tui/format.h"

void cell_state(struct pen *pen, enum worker_state state)
{
	pen_print(pen, mark_of(state).role, "%s", worker_state_name(state));
}

void cell_count(struct pen *pen, uint64_t count)
{
	pen_print_right(pen, count ? ROLE_PLAIN : ROLE_DIM, "%" PRIu64, count);
}

void cell_cpu(struct pen *pen, uint64_t permille)
{
	char text[PERCENT_TEXT_SIZE];

	format_percent(permille, text);
	pen_print_right(pen, permille ? ROLE_PLAIN : ROLE_DIM, "%s", text);
}

void cell_memory(struct pen *pen, uint64_t bytes)
{
	char text[SIZE_TEXT_SIZE];

	size_format_short((int64_t)bytes, text);
	if (bytes == 0)
		pen_print_right(pen, ROLE_DIM, "-");
	else
		pen_print_right(pen, ROLE_PLAIN, "%s", text);
}

void cell_end(struct pen *pen, const struct model *model,
	      const struct live_exit *last_exit)
{
	char end[END_TEXT_SIZE];
	char ago[AGE_TEXT_SIZE];
	enum role role = ROLE_DIM;

	if (last_exit->at_us == 0)
		return;
	if (model_is_fresh(model, last_exit))
		role = ROLE_FRESH;
	else if (end_cause_is_crash(last_exit->cause))
		role = ROLE_PLAIN;
	format_end(last_exit, end);
	format_age_short(model_time_us(model) - last_exit->at_us, ago);
	pen_print(pen, role, "%s, %s", end, ago);
}

void cell_chart(struct pen *pen, const struct model *model,
		const uint32_t *samples, size_t count, uint32_t maximum)
{
	enum { CELLS = LIVE_SAMPLES / CHART_BIN };
	uint32_t bins[LIVE_SAMPLES];
	wchar_t text[CELLS];
	struct chart chart = {
		.glyphs = pen->canvas->glyphs,
		.values = bins,
		.maximum = maximum,
		.cells = (size_t)(pen->end - pen->column),
		.rows = 1,
	};

	if (pen->column >= pen->end)
		return;
	if (chart.cells > CELLS)
		chart.cells = CELLS;
	chart.count = chart_bins(samples, count, model_sample_number(model),
				 CHART_BIN, bins, LIVE_SAMPLES);
	chart_row(&chart, 0, text);
	pen_put(pen, ROLE_CHART, text, chart.cells);
}
