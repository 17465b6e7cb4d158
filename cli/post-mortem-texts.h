#ifndef CLI_POST_MORTEM_TEXTS_H
#define CLI_POST_MORTEM_TEXTS_H

#include "cli/post-mortem.h"

/* Prints the texts of a post-mortem (last output, backtrace, evidence), each
 * under its title, in `room` lines if some lines of each fit in there. */
void post_mortem_print_texts(FILE *out, const struct post_mortem *post_mortem,
			     int room);

#endif
