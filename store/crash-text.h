#ifndef STORE_CRASH_TEXT_H
#define STORE_CRASH_TEXT_H

#include "store/query-crashes.h"

enum { CRASH_TEXT_SIZE = ENDING_TEXT_SIZE + 256 };

/* Writes what the crashes of a group have in common: "crashed by SIGABRT:
 * cannot open FILE". */
void crash_text(const struct crash_group *group, char text[CRASH_TEXT_SIZE]);

#endif
