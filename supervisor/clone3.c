#include "config.h"

#include "supervisor/clone3.h"

#include <errno.h>
#include <sys/syscall.h>

/*
 * The child comes out of the system call with the caller's registers but with
 * the stack pointer at the top of its own stack, so it must leave this frame
 * at once. The frame pointer is cleared for debuggers to stop there.
 */
#if defined(__x86_64__)

long clone3_run(struct clone_args *arguments, size_t size,
		void (*run)(void *context), void *context)
{
	long result;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %[context], %%rdi\n\t"
			 "call *%[run]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "0"((long)SYS_clone3), "D"(arguments),
			   "S"(size), [run] "r"(run), [context] "r"(context)
			 : "rcx", "r11", "memory", "cc");
	return result;
}

#elif defined(__aarch64__)

long clone3_run(struct clone_args *arguments, size_t size,
		void (*run)(void *context), void *context)
{
	register long x0 __asm__("x0") = (long)arguments;
	register long x1 __asm__("x1") = (long)size;
	register long x8 __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, %[context]\n\t"
			 "blr %[run]\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x1),
			   "r"(x8), [run] "r"(run), [context] "r"(context)
			 : "memory", "cc");
	return x0;
}

#else

long clone3_run(struct clone_args *arguments, size_t size,
		void (*run)(void *context), void *context)
{
	(void)arguments;
	(void)size;
	(void)run;
	(void)context;
	return -ENOSYS;
}

#endif
