#ifndef SUPERVISOR_LOADER_MISTAKES_H
#define SUPERVISOR_LOADER_MISTAKES_H

#include <stdio.h>

#include "supervisor/loader-arena.h"
#include "supervisor/loader-source.h"

/*
 * The mistakes of a config. All are collected and then shown in one go, in the
 * order of their places, each as
 *
 *	shop.yaml:7:5: error: unknown key 'wrokers'; did you mean 'workers'?
 *	    wrokers: 4
 *	    ^
 */
struct mistakes {
	struct arena *arena; /* where they are kept */
	struct mistake *last; /* the newest; NULL: none */
	size_t count;
};

/* Notes a mistake at `place`: what is wrong, and what would be right. */
void mistakes_add(struct mistakes *mistakes, struct place place,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes all of them to `file`, each place and text once. */
void mistakes_print(const struct mistakes *mistakes, FILE *file);

#endif
