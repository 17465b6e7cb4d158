#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * What went wrong, as text for a person: "cannot VERB OBJECT: REASON".
 *
 * A function that can fail takes a `struct error *` as its last argument and
 * fills it only when it returns -1 (or NULL). The caller owns the struct and
 * need not initialise it. Only main() prints it and exits.
 */
struct error {
	char text[1024];
};

/* Sets the text by a printf format. Always returns -1, so that a failing
 * function can end in `return error_set(...)`. */
int error_set(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As error_set(), and appends ": " and the text of errno. */
int error_set_errno(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
