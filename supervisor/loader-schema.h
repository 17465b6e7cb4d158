#ifndef SUPERVISOR_LOADER_SCHEMA_H
#define SUPERVISOR_LOADER_SCHEMA_H

#include <stdio.h>

/* Writes the JSON Schema (draft 7) of the config, for editors, from the option
 * table. Returns 0, or -1 when it could not be written. */
int schema_write(FILE *file);

#endif
