#ifndef BASE_CPULIST_H
#define BASE_CPULIST_H

#include <sched.h>
#include <stddef.h>

/* Lists of CPUs, written as the kernel does: "0-3,6". */

/* A longer list is cut at the last whole part, with "…" after it. */
enum { CPULIST_TEXT_SIZE = 128 };

/* Parses `text` into `*set`. Returns 0, or -1 when it is no list, is empty
 * or names a CPU of CPU_SETSIZE or more. */
int cpulist_parse(const char *text, cpu_set_t *set);

/* Writes `*set` as a list; "" when it is empty. */
void cpulist_format(const cpu_set_t *set, char text[CPULIST_TEXT_SIZE]);

/* As much as the longest list takes, for cpulist_write(). */
enum { CPULIST_FULL_SIZE = 5 * CPU_SETSIZE };

/* As cpulist_format(), but cuts a list only when it is longer than `size`. */
void cpulist_write(const cpu_set_t *set, char *text, size_t size);

/* A set as hexadecimal digits, which are never cut. */
enum { CPUMASK_TEXT_SIZE = CPU_SETSIZE / 4 + 1 };

/* Writes `*set`, the highest CPU first, without leading zeros. */
void cpumask_write(const cpu_set_t *set, char text[CPUMASK_TEXT_SIZE]);

/* Parses what cpumask_write() has written. Returns 0, or -1 when it is none or
 * empty. */
int cpumask_parse(const char *text, cpu_set_t *set);

#endif
