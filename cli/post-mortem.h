#ifndef CLI_POST_MORTEM_H
#define CLI_POST_MORTEM_H

#include "store/post-mortem.h"

#include <jansson.h>
#include <stdio.h>

/* Prints it for people, on one screen: the last output is cut to its last
 * lines, evidence and backtrace to their first. */
void post_mortem_print(FILE *out, const struct post_mortem *post_mortem);

/* The same as a new JSON object, with all of the last output. */
json_t *post_mortem_to_json(const struct post_mortem *post_mortem);

#endif
