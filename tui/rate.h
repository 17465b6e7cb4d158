#ifndef TUI_RATE_H
#define TUI_RATE_H

#include "tui/screen.h"
#include "tui/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* How often the dashboard looks again: 5, 2, 1, 0.5 or 0.25 seconds. */

/* What the settings say, else 1 s, or 2 s over SSH; in milliseconds. */
int64_t rate_initial(const struct settings *settings);

/* Goes one step faster or slower, and keeps that. */
enum redo rate_change(struct dashboard *dashboard, bool faster);

/* Writes it as "1s" or "250ms". */
enum { RATE_TEXT_SIZE = 16 };
void rate_format(int64_t interval_ms, char text[RATE_TEXT_SIZE]);

#endif
