#ifndef SUPERVISOR_MAIN_PROCESS_H
#define SUPERVISOR_MAIN_PROCESS_H

#include "supervisor/worker.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Who belongs to a run, and how a main process ends that is no child of the
 * supervisor. Of /proc only files are read that cannot keep the reader waiting:
 * never `environ` or `cmdline`, which lie in the memory of the process.
 */

enum membership { MEMBER_NO, MEMBER_YES, MEMBER_GONE };

/*
 * Whether a process belongs to the present run of the worker: by its cgroup, or
 * where there are none by its age, as nothing of a former run lives on when the
 * next one starts. MEMBER_GONE: there is no such process any more.
 */
enum membership main_process_membership(const struct worker *worker, pid_t pid);

/*
 * Makes `pid` the main process of the present run. Returns false when it is no
 * process of the run, or there are no pidfds; then nothing has changed.
 */
bool main_process_change(struct worker *worker, pid_t pid);

/* Fills run->end of a main process that has ended and is no child of the
 * supervisor, as far as anybody knows. */
void main_process_learn_end(struct run *run);

#endif
