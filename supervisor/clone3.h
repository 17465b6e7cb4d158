#ifndef SUPERVISOR_CLONE3_H
#define SUPERVISOR_CLONE3_H

#include <linux/sched.h>
#include <stddef.h>

/*
 * clone3(2) with CLONE_VM and a stack of the child's own, for which the C
 * library has no wrapper: the child calls `run(context)`, which must not
 * return. Returns the child's pid, or an errno, negated (-ENOSYS on machines
 * that it is not written for).
 */
long clone3_run(struct clone_args *arguments, size_t size,
		void (*run)(void *context), void *context);

#endif
