#ifndef CLI_STATUS_TABLE_H
#define CLI_STATUS_TABLE_H

#include "live/snapshot.h"

#include <stdbool.h>
#include <stdio.h>

/* How the table is to look. */
struct status_look {
	int columns; /* of the terminal; 0: lines as long as they get */
	bool color;
};

/* Prints the instance, its pools and their workers for people. Returns 0, or -1
 * with errno when memory is short. */
int status_table_print(FILE *out, const struct snapshot *snapshot,
		       const struct status_look *look);

#endif
