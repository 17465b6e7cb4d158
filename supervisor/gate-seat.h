#ifndef SUPERVISOR_GATE_SEAT_H
#define SUPERVISOR_GATE_SEAT_H

#include <stdbool.h>
#include <stdint.h>

/* What the gate (gate.h) remembers of a worker. */
struct gate_seat {
	bool starting; /* counted as one that is starting */
	uint64_t counted_run; /* whose end the governor has counted last */
};

#endif
