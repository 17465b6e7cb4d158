#include "config.h"

#include "tui/keys.h"

#include <assert.h>
#include <curses.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CONTROL(letter) ((letter)&0x1f)

enum { ESCAPE = 27, DELETE = 127 };

static const struct binding bindings[ACTION_COUNT] = {
#define X(action, group, hint, help, ...) \
	[action] = {group, hint, help, {__VA_ARGS__}},
	KEYS(X)
#undef X
};

enum { KEY_MAXIMUM = sizeof(bindings[0].keys) / sizeof(bindings[0].keys[0]) };

static const struct {
	int key;
	const char *name;
} names[] = {
	{KEY_UP, "Up"},		 {KEY_DOWN, "Down"},  {KEY_LEFT, "Left"},
	{KEY_RIGHT, "Right"},	 {KEY_PPAGE, "PgUp"}, {KEY_NPAGE, "PgDn"},
	{KEY_HOME, "Home"},	 {KEY_END, "End"},    {'\r', "Enter"},
	{ESCAPE, "Esc"},	 {KEY_ENTER, ""},     {'\n', ""},
	{KEY_BACKSPACE, "Bksp"}, {DELETE, ""},	      {CONTROL('H'), ""},
	{'\t', "Tab"},		 {' ', "Space"},
};

static bool is_apart(enum key_group group)
{
	static const bool apart[] = {
#define X(name, heading, alone) [name] = alone,
		KEY_GROUPS(X)
#undef X
	};

	return apart[group];
}

static bool means(const struct binding *binding, int key)
{
	for (size_t i = 0; i < KEY_MAXIMUM; i++)
		if (key > 0 && binding->keys[i] == key)
			return true;
	return false;
}

enum action keys_action(int key, enum key_group own)
{
	enum action common = ACTION_NONE;

	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		if (!means(&bindings[i], key))
			continue;
		if (bindings[i].group == own)
			return (enum action)i;
		if (!is_apart(bindings[i].group))
			common = (enum action)i;
	}
	return common;
}

const struct binding *keys_binding(enum action action)
{
	assert(action > ACTION_NONE && action < ACTION_COUNT);
	return &bindings[action];
}

const char *keys_group_heading(enum key_group group)
{
	static const char *const headings[] = {
#define X(name, heading, apart) [name] = heading,
		KEY_GROUPS(X)
#undef X
	};

	return headings[group];
}

void keys_name(int key, char text[KEY_NAME_SIZE])
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].key == key) {
			snprintf(text, KEY_NAME_SIZE, "%s", names[i].name);
			return;
		}
	}
	if (key >= KEY_F(1) && key <= KEY_F(12))
		snprintf(text, KEY_NAME_SIZE, "F%d", key - KEY_F0);
	else if (key < ' ')
		snprintf(text, KEY_NAME_SIZE, "^%c", key | 0x40);
	else
		snprintf(text, KEY_NAME_SIZE, "%c", key);
}

void keys_label(enum action action, char *text, size_t size)
{
	const struct binding *binding = keys_binding(action);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < KEY_MAXIMUM && binding->keys[i]; i++) {
		char name[KEY_NAME_SIZE];

		keys_name(binding->keys[i], name);
		if (used + strlen(name) + 2 > size || name[0] == '\0')
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 used ? " " : "", name);
	}
}
