#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "supervisor/loader-words.h"
#include "supervisor/loader.h"
#include "supervisor/values.h"

#define SECOND INT64_C(1000000000)

/* Loads `text` as a file; the caller releases the loader. */
static json_t *load_text(struct loader *loader, const char *text)
{
	char path[] = "/tmp/reeve-test-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	struct error error;
	json_t *json;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	loader_init(loader);
	json = loader_load(loader, path, &error);
	unlink(path);
	return json;
}

/* Whether a mistake says `part`. */
static bool has_mistake(const struct loader *loader, const char *part)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	bool found;

	mistakes_print(&loader->mistakes, file);
	fclose(file);
	found = strstr(text, part) != NULL;
	free(text);
	return found;
}

static void every_default_is_a_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		struct configuration file = {0};
		struct pool_config pool = {0};
		void *object = option->scope == OPTION_OF_FILE ? (void *)&file
							       : (void *)&pool;
		struct error error;
		json_t *value;

		if (!option->fallback)
			continue;
		value = value_from_text(option, option->fallback);
		if (value_store(option, value, object, &error) != 0)
			fail_msg("%s: %s", option->path, error.text);
		value_release(option, object);
		json_decref(value);
	}
}

static void every_key_is_told_and_has_a_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		const bool one_word =
			option->words &&
			(!option->words[1].word || option->words[1].planned);

		assert_ptr_equal(option_find(option->scope, option->path),
				 option);
		if (option->status != OPTION_BUILT)
			continue;
		assert_non_null(option->help);
		if (option->type != OPTION_SECTION &&
		    option->type != OPTION_INCLUDE && !one_word)
			assert_true(option->offset != OPTION_NO_MEMBER);
	}
}

static void a_config_is_decoded_as_it_was_written(void **state)
{
	static const char text[] =
		"instance: shop\n"
		"sample_interval: 2s\n"
		"defaults: {stop: {timeout: 5s}, environment: {A: 1, B: x}}\n"
		"pools:\n"
		"  web:\n"
		"    command: serve --name 'a b' {index}\n"
		"    workers: 4\n"
		"    directory: /srv\n"
		"    environment: {B: \"y=z\"}\n"
		"    after: db\n"
		"    leftovers: keep\n"
		"    restart: {policy: on-failure, success: [0, 3, TERM],\n"
		"      delay: 1s, delay_min: 2s, delay_max: 1m, factor: 1.5,\n"
		"      jitter: 5%, reset: 1m, limit: 3 in 10m, then: fail}\n"
		"    stop: {signal: INT}\n"
		"    log: {max_size: 1M, keep: 2, tail: 8K}\n"
		"  db: {command: [db, -x]}\n";
	struct loader loader;
	json_t *json = load_text(&loader, text);
	struct error error;
	struct configuration *configuration;
	const struct pool_config *web;

	(void)state;
	assert_non_null(json);
	configuration = configuration_decode(json, &error);
	assert_non_null(configuration);
	json_decref(json);
	loader_release(&loader);
	assert_string_equal(configuration->instance, "shop");
	assert_string_equal(configuration->text, text);
	assert_int_equal(configuration->sample_interval_ns, 2 * SECOND);
	assert_int_equal(configuration->start_at_once, 64);
	assert_int_equal(configuration->pool_count, 2);
	assert_string_equal(configuration->pools[0].name, "db");
	assert_null(configuration_find_pool(configuration, "nope"));
	web = configuration_find_pool(configuration, "web");
	assert_ptr_equal(web, &configuration->pools[1]);
	assert_int_equal(web->command.count, 4);
	assert_string_equal(web->command.items[2], "a b");
	assert_null(web->command.items[4]);
	assert_int_equal(web->workers, 4);
	assert_string_equal(web->directory, "/srv");
	assert_int_equal(web->environment.count, 2);
	assert_string_equal(web->environment.items[0], "A=1");
	assert_string_equal(web->environment.items[1], "B=y=z");
	assert_string_equal(web->after.items[0], "db");
	assert_int_equal(web->leftovers, LEFTOVERS_KEEP);
	assert_int_equal(web->restart.policy, RESTART_ON_FAILURE);
	assert_true(web->restart.success.codes[3]);
	assert_false(web->restart.success.codes[1]);
	assert_true(web->restart.success.signals[SIGTERM]);
	assert_int_equal(web->restart.delay_ns, SECOND);
	assert_int_equal(web->restart.delay_min_ns, 2 * SECOND);
	assert_int_equal(web->restart.delay_max_ns, 60 * SECOND);
	assert_true(web->restart.factor > 1.49 && web->restart.factor < 1.51);
	assert_true(web->restart.jitter > 0.049 && web->restart.jitter < 0.051);
	assert_int_equal(web->restart.limit, 3);
	assert_int_equal(web->restart.limit_window_ns, 600 * SECOND);
	assert_int_equal(web->restart.then, THEN_FAIL);
	assert_int_equal(web->stop.signal, SIGINT);
	assert_int_equal(web->stop.timeout_ns, 5 * SECOND);
	assert_int_equal(web->log.max_size, 1 << 20);
	assert_int_equal(web->log.tail, 8192);
	configuration_free(configuration);
}

static void what_the_loader_did_not_make_is_refused(void **state)
{
	static const char *const cases[] = {
		"{}",
		"{\"instance\": \"a\", \"file\": \"/a\", \"text\": \"\"}",
		"{\"instance\": \"a b\", \"file\": \"/a\", \"text\": \"\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = json_loads(cases[i], 0, NULL);
		struct error error;

		assert_null(configuration_decode(json, &error));
		assert_non_null(strstr(error.text, "cannot read the config"));
		json_decref(json);
	}
	configuration_free(NULL);
}

static void limits_that_can_never_trip_are_found(void **state)
{
	static const struct {
		const char *restart;
		bool trips;
	} cases[] = {
		{"{}", true},
		{"{limit: 1 in 1ms}", true},
		{"{limit: 5 in 1s}", false},
		{"{limit: 5 in 2s}", true},
		{"{limit: 10 in 5s}", false},
		{"{limit: 10 in 5s, policy: never}", true},
		{"{limit: 3 in 10s, delay: 4s, delay_min: 4s}", false},
		{"{limit: 3 in 10s, delay: 3s, delay_min: 3s, factor: 1}",
		 true},
		{"{limit: 3 in 10s, delay: 3s, delay_min: 3s, factor: 1, "
		 "delay_max: 3s}",
		 true},
		{"{limit: 2 in 10s, delay_min: 11s, jitter: 0%}", false},
		{"{limit: 2 in 10s, delay_min: 11s, jitter: 10%}", true},
		{"{limit: 5 in 60s, delay_min: 30s}", false},
		/* the first delay counts only where it is among the shortest */
		{"{limit: 1 in 1s, delay: 5s}", true},
		{"{limit: 1 in 1s, delay: 5s, delay_min: 2s}", false},
		{"{limit: none}", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct loader loader;
		char text[256];
		json_t *json;

		snprintf(text, sizeof(text),
			 "instance: a\n"
			 "pools: {a: {command: a, restart: %s}}\n",
			 cases[i].restart);
		json = load_text(&loader, text);
		if ((json != NULL) != cases[i].trips)
			fail_msg("%s", cases[i].restart);
		assert_int_equal(has_mistake(&loader, "can never trip"),
				 !cases[i].trips);
		json_decref(json);
		loader_release(&loader);
	}
}

static void commands_are_split_as_a_shell_does(void **state)
{
	static const struct {
		const char *text;
		const char *words[6];
	} cases[] = {
		{"a b  c", {"a", "b", "c"}},
		{" \ta\n b\n", {"a", "b"}},
		{"", {NULL}},
		{"a ''", {"a", ""}},
		{"'a b'c\"d e\"", {"a bcd e"}},
		{"a\\ b \\'", {"a b", "'"}},
		{"'a\\b'", {"a\\b"}},
		{"\"a\\\"b\\$c\\d\"", {"a\"b$c\\d"}},
		{"a\\\nb", {"ab"}},
		{"a '|' \\; \"&&\" a|b x>y",
		 {"a", "|", ";", "&&", "a|b", "x>y"}},
		{"$HOME ~ *", {"$HOME", "~", "*"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct words words;
		struct error error;
		size_t offset;
		size_t count = 0;

		while (count < 6 && cases[i].words[count])
			count++;
		assert_int_equal(words_split(cases[i].text, &arena, &words,
					     &offset, &error),
				 0);
		assert_int_equal(words.count, count);
		for (size_t k = 0; k < count; k++)
			assert_string_equal(words.items[k], cases[i].words[k]);
		arena_release(&arena);
	}
}

static void commands_for_a_shell_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
	} cases[] = {
		{"a | b", 2},	 {"a && b", 2}, {"a 2>&1", 2},
		{"a b 'c d", 4}, {"a\"b", 1},	{"a b\\", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct words words;
		struct error error;
		size_t offset;

		assert_int_equal(words_split(cases[i].text, &arena, &words,
					     &offset, &error),
				 -1);
		assert_int_equal(offset, cases[i].offset);
		arena_release(&arena);
	}
}

static void aliases_cannot_grow_without_bound(void **state)
{
	struct loader loader;
	json_t *json =
		load_text(&loader, "a: &a [x, x, x, x, x, x, x, x, x]\n"
				   "b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
				   "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
				   "d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n"
				   "e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\n"
				   "f: &f [*e, *e, *e, *e, *e, *e, *e, *e]\n"
				   "g: &g [*f, *f, *f, *f, *f, *f, *f, *f]\n");

	(void)state;
	assert_null(json);
	assert_true(has_mistake(&loader, "once its aliases are written out"));
	loader_release(&loader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_default_is_a_value),
		cmocka_unit_test(every_key_is_told_and_has_a_place),
		cmocka_unit_test(a_config_is_decoded_as_it_was_written),
		cmocka_unit_test(what_the_loader_did_not_make_is_refused),
		cmocka_unit_test(limits_that_can_never_trip_are_found),
		cmocka_unit_test(commands_are_split_as_a_shell_does),
		cmocka_unit_test(commands_for_a_shell_are_refused),
		cmocka_unit_test(aliases_cannot_grow_without_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
