#include "config.h"

#include "base/cpulist.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char **at, long *value)
{
	size_t digits = strspn(*at, "0123456789");

	if (digits == 0 || digits > 6)
		return false;
	*value = strtol(*at, NULL, 10);
	*at += digits;
	return *value < CPU_SETSIZE;
}

int cpulist_parse(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (const char *at = text;; at++) {
		long first, last;

		if (!read_number(&at, &first))
			return -1;
		last = first;
		if (*at == '-') {
			at++;
			if (!read_number(&at, &last) || last < first)
				return -1;
		}
		for (long cpu = first; cpu <= last; cpu++)
			CPU_SET((size_t)cpu, set);
		if (*at == '\0')
			return 0;
		if (*at != ',')
			return -1;
	}
}

void cpulist_write(const cpu_set_t *set, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		char part[32];
		size_t first = cpu;
		size_t length;

		if (!CPU_ISSET(cpu, set))
			continue;
		while (cpu + 1 < CPU_SETSIZE && CPU_ISSET(cpu + 1, set))
			cpu++;
		if (cpu == first)
			snprintf(part, sizeof(part), "%s%zu", used ? "," : "",
				 first);
		else
			snprintf(part, sizeof(part), "%s%zu-%zu",
				 used ? "," : "", first, cpu);
		length = strlen(part);
		if (used + length + sizeof("…") > size) {
			memcpy(text + used, "…", sizeof("…"));
			return;
		}
		memcpy(text + used, part, length + 1);
		used += length;
	}
}

void cpulist_format(const cpu_set_t *set, char text[CPULIST_TEXT_SIZE])
{
	cpulist_write(set, text, CPULIST_TEXT_SIZE);
}

void cpumask_write(const cpu_set_t *set, char text[CPUMASK_TEXT_SIZE])
{
	size_t used = 0;

	for (size_t digit = CPU_SETSIZE / 4; digit-- > 0;) {
		unsigned value = 0;

		for (size_t bit = 0; bit < 4; bit++)
			if (CPU_ISSET(digit * 4 + bit, set))
				value |= 1U << bit;
		if (value > 0 || used > 0)
			text[used++] = "0123456789abcdef"[value];
	}
	text[used] = '\0';
}

int cpumask_parse(const char *text, cpu_set_t *set)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = strlen(text);

	CPU_ZERO(set);
	if (length >= CPUMASK_TEXT_SIZE)
		return -1;
	for (size_t i = 0; i < length; i++) {
		const char *at = strchr(digits, text[length - 1 - i]);

		if (!at)
			return -1;
		for (size_t bit = 0; bit < 4; bit++)
			if ((size_t)(at - digits) >> bit & 1)
				CPU_SET(i * 4 + bit, set);
	}
	return CPU_COUNT(set) > 0 ? 0 : -1;
}
