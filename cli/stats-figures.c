#include "config.h"

#include "cli/stats-figures.h"

#include "base/size.h"

#include <inttypes.h>
#include <stdio.h>

static void format_share(double share, char text[SPAN_TEXT_SIZE])
{
	/* Rounded down: what was not always there is not 100%. */
	int hundredths = (int)(share * 10000);

	if (share < 0)
		snprintf(text, SPAN_TEXT_SIZE, "-");
	else if (share >= 1)
		snprintf(text, SPAN_TEXT_SIZE, "100%%");
	else
		snprintf(text, SPAN_TEXT_SIZE, "%d.%02d%%", hundredths / 100,
			 hundredths % 100);
}

static void format_percent(const struct stats_figures *figures,
			   uint64_t permille, char text[SPAN_TEXT_SIZE])
{
	if (figures->samples == 0)
		snprintf(text, SPAN_TEXT_SIZE, "-");
	else
		snprintf(text, SPAN_TEXT_SIZE, "%" PRIu64 ".%" PRIu64,
			 permille / 10, permille % 10);
}

static void format_bytes(const struct stats_figures *figures, uint64_t bytes,
			 char text[SPAN_TEXT_SIZE])
{
	if (figures->samples == 0)
		snprintf(text, SPAN_TEXT_SIZE, "-");
	else
		size_format_short((int64_t)bytes, text);
}

static uint64_t mean(const struct stats_figures *figures, uint64_t sum)
{
	return figures->samples > 0 ? sum / figures->samples : 0;
}

void stats_figure_format(enum stats_figure figure,
			 struct stats_figures *figures,
			 char text[SPAN_TEXT_SIZE])
{
	switch (figure) {
	case FIGURE_STARTS:
		snprintf(text, SPAN_TEXT_SIZE, "%" PRIu64, figures->starts);
		break;
	case FIGURE_CRASHES:
		snprintf(text, SPAN_TEXT_SIZE, "%" PRIu64, figures->crashes);
		break;
	case FIGURE_AVAILABLE:
		format_share(stats_availability(figures), text);
		break;
	case FIGURE_BETWEEN:
		span_format(stats_between_crashes_us(figures), text);
		break;
	case FIGURE_READY:
		span_format(stats_percentile(&figures->to_ready, 50), text);
		break;
	case FIGURE_READY_P99:
		span_format(stats_percentile(&figures->to_ready, 99), text);
		break;
	case FIGURE_RECOVERY:
		span_format(stats_percentile(&figures->to_recover, 50), text);
		break;
	case FIGURE_RECOVERY_P99:
		span_format(stats_percentile(&figures->to_recover, 99), text);
		break;
	case FIGURE_CPU:
		format_percent(figures,
			       mean(figures, figures->cpu_permille_sum), text);
		break;
	case FIGURE_CPU_MAX:
		format_percent(figures, figures->cpu_permille_max, text);
		break;
	case FIGURE_MEMORY:
		format_bytes(figures, mean(figures, figures->rss_sum), text);
		break;
	case FIGURE_MEMORY_MAX:
		format_bytes(figures, figures->rss_max, text);
		break;
	case FIGURE_COUNT:
		break;
	}
}

const char *stats_figure_title(enum stats_figure figure)
{
	static const char *const titles[FIGURE_COUNT] = {
		[FIGURE_STARTS] = "starts",
		[FIGURE_CRASHES] = "crashes",
		[FIGURE_AVAILABLE] = "availability",
		[FIGURE_BETWEEN] = "between crashes, mean",
		[FIGURE_READY] = "to ready, median",
		[FIGURE_READY_P99] = "to ready, p99",
		[FIGURE_RECOVERY] = "to recovery, median",
		[FIGURE_RECOVERY_P99] = "to recovery, p99",
		[FIGURE_CPU] = "CPU%, mean",
		[FIGURE_CPU_MAX] = "CPU%, most",
		[FIGURE_MEMORY] = "memory, mean",
		[FIGURE_MEMORY_MAX] = "memory, most",
	};

	return titles[figure];
}

static json_t *seconds(int64_t us)
{
	return us < 0 ? json_null() : json_real((double)us / 1e6);
}

void stats_figures_to_json(json_t *object, struct stats_figures *figures)
{
	double availability = stats_availability(figures);
	bool measured = figures->samples > 0;

	json_object_set_new(object, "starts",
			    json_integer((json_int_t)figures->starts));
	json_object_set_new(object, "crashes",
			    json_integer((json_int_t)figures->crashes));
	json_object_set_new(object, "wanted_s", seconds(figures->wanted_us));
	json_object_set_new(object, "ready_s", seconds(figures->ready_us));
	json_object_set_new(object, "availability",
			    availability < 0 ? json_null()
					     : json_real(availability));
	json_object_set_new(object, "between_crashes_s",
			    seconds(stats_between_crashes_us(figures)));
	json_object_set_new(object, "to_ready_median_s",
			    seconds(stats_percentile(&figures->to_ready, 50)));
	json_object_set_new(object, "to_ready_p99_s",
			    seconds(stats_percentile(&figures->to_ready, 99)));
	json_object_set_new(
		object, "to_recovery_median_s",
		seconds(stats_percentile(&figures->to_recover, 50)));
	json_object_set_new(
		object, "to_recovery_p99_s",
		seconds(stats_percentile(&figures->to_recover, 99)));
	json_object_set_new(
		object, "cpu_percent",
		measured ? json_real((double)figures->cpu_permille_sum /
				     (double)figures->samples / 10)
			 : json_null());
	json_object_set_new(
		object, "cpu_percent_max",
		measured ? json_real((double)figures->cpu_permille_max / 10)
			 : json_null());
	json_object_set_new(object, "rss_bytes",
			    measured ? json_integer((json_int_t)mean(
					       figures, figures->rss_sum))
				     : json_null());
	json_object_set_new(object, "rss_bytes_max",
			    measured
				    ? json_integer((json_int_t)figures->rss_max)
				    : json_null());
}
