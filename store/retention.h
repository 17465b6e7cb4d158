#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include <stdint.h>

/*
 * How long the history keeps what, and how large its file may get: the key
 * `history` of the config. The supervisor tells the recorder
 * (MESSAGE_RETENTION) when that starts and after each reload. 0 stands for no
 * bound.
 */
struct retention {
	int64_t events_s;
	int64_t runs_s; /* with their output, evidence and samples at the end */
	int64_t samples_s;
	int64_t minutes_s; /* of samples that were rolled up to minutes */
	int64_t hours_s;
	int64_t max_size_bytes; /* of history.db */
};

#endif
