#ifndef STORE_EVENT_LINE_H
#define STORE_EVENT_LINE_H

#include <jansson.h>
#include <stdio.h>

/* Prints an event, as event_to_json() makes it, as one line for people: local
 * time, worker, event, and what happened in plain English. */
void event_line_print(FILE *out, const json_t *event);

/* The last part of that line alone: what happened. The caller frees it; NULL
 * when memory is short. */
char *event_line_words(const json_t *event);

#endif
