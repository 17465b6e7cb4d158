#ifndef SUPERVISOR_CAPABILITY_H
#define SUPERVISOR_CAPABILITY_H

/* Capabilities by name, as capabilities(7) has them, in letters of any case,
 * with or without "CAP_": "net_bind_service", "CAP_NET_BIND_SERVICE". */

/* Its number, or -1 when no capability has that name. */
int capability_parse(const char *name);

/* The name of capability `number` (0 to 63), in small letters, without "CAP_";
 * "?" where there is none. */
const char *capability_name(int number);

#endif
