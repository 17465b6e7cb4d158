#ifndef TUI_ACT_H
#define TUI_ACT_H

#include "tui/screen.h"

/* What the dashboard does to workers: the menu behind `x`, and the requests
 * that follow from it. */

/* Opens the menu for what is tagged or selected, unless nobody may act. */
enum redo act_open(struct dashboard *dashboard);

/* Asks the supervisor for what the prompt has chosen. */
void act_do(struct dashboard *dashboard);

/* Closes the prompt where the run that it was opened for has ended. */
void act_check_target(struct dashboard *dashboard);

#endif
