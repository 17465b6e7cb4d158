#ifndef SUPERVISOR_VALUE_TYPES_H
#define SUPERVISOR_VALUE_TYPES_H

#include <jansson.h>
#include <sys/types.h>

#include "base/error.h"
#include "supervisor/options.h"

/*
 * What values.c does for each type of option: a function that checks a value
 * and stores it in the member, and one that frees what the member owns. Both
 * as value_store() and value_release() say. `member` may be NULL for
 * store_word() alone, which then only checks.
 */

/* How texts are quoted in messages, and cut. */
#define QUOTED "'%.80s'"

int store_name(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_text(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_path(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_integer(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_workers(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_factor(const struct option *option, json_t *value, void *member,
		 struct error *error);
int store_percent(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_load(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_duration(const struct option *option, json_t *value, void *member,
		   struct error *error);
int store_size(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_word(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_signal(const struct option *option, json_t *value, void *member,
		 struct error *error);
int store_limit(const struct option *option, json_t *value, void *member,
		struct error *error);
int store_then(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_cpus(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_success(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_command(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_names(const struct option *option, json_t *value, void *member,
		struct error *error);
int store_environment(const struct option *option, json_t *value, void *member,
		      struct error *error);
int store_user(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_http(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_tcp(const struct option *option, json_t *value, void *member,
	      struct error *error);
int store_statuses(const struct option *option, json_t *value, void *member,
		   struct error *error);
int store_pattern(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_address(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_mode(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_sockets(const struct option *option, json_t *value, void *member,
		  struct error *error);
int store_flag(const struct option *option, json_t *value, void *member,
	       struct error *error);
int store_number(const struct option *option, json_t *value, void *member,
		 struct error *error);
int store_bytes(const struct option *option, json_t *value, void *member,
		struct error *error);
int store_cpu_quota(const struct option *option, json_t *value, void *member,
		    struct error *error);
int store_umask(const struct option *option, json_t *value, void *member,
		struct error *error);
int store_group(const struct option *option, json_t *value, void *member,
		struct error *error);
int store_groups(const struct option *option, json_t *value, void *member,
		 struct error *error);
int store_capabilities(const struct option *option, json_t *value, void *member,
		       struct error *error);
int store_io(const struct option *option, json_t *value, void *member,
	     struct error *error);
int store_policy(const struct option *option, json_t *value, void *member,
		 struct error *error);
int store_rlimit(const struct option *option, json_t *value, void *member,
		 struct error *error);
int store_machine(const struct option *option, json_t *value, void *member,
		  struct error *error);

void release_text(void *member);
void release_texts(void *member);
void release_target(void *member);
void release_pattern(void *member);
void release_user(void *member);
void release_sockets(void *member);
void release_groups(void *member);
void release_machine(void *member);

/* The text of a value, for messages and types that are written as text; numbers
 * are written out into `buffer`. */
const char *value_text(json_t *value, char buffer[32]);

/* Copies `text` to the heap: 0, or -1 when memory runs out. */
int value_copy(char **copy, const char *text, struct error *error);

/* Copies a list of group numbers to the heap: 0, or -1 when memory runs out. */
int value_copy_groups(const json_t *value, gid_t **gids, size_t *count,
		      struct error *error);

/* Says that memory ran out: -1. */
int value_out_of_memory(struct error *error);

#endif
