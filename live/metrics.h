#ifndef LIVE_METRICS_H
#define LIVE_METRICS_H

#include "live/snapshot.h"

/*
 * The state of an instance in Prometheus' text format, for GET /metrics:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4). Times
 * are in seconds, sizes in bytes. Returns the text, its length in `*size`,
 * which the caller frees; or NULL and the reason (no memory).
 */
char *metrics_to_text(const struct live_table *table, size_t *size,
		      struct error *error);

/* The Content-Type of that text. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
