#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A doubly linked ring of links that are members of the things in it, with one
 * more link as its head. A link of all zeros is in no list.
 */
struct list_link {
	struct list_link *next;
	struct list_link *previous;
};

/* The thing of type `type` whose member `member` is `link`. */
#define list_entry(link, type, member) \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Makes `head` an empty list. */
static inline void list_init(struct list_link *head)
{
	head->next = head;
	head->previous = head;
}

static inline bool list_is_empty(const struct list_link *head)
{
	return head->next == head;
}

/* Whether `link` is in a list. */
static inline bool list_contains(const struct list_link *link)
{
	return link->next != NULL;
}

/* Adds `link`, which is in no list, at the end. */
static inline void list_append(struct list_link *head, struct list_link *link)
{
	link->next = head;
	link->previous = head->previous;
	head->previous->next = link;
	head->previous = link;
}

/* Takes `link` out of the list it is in; in none, nothing happens. */
static inline void list_remove(struct list_link *link)
{
	if (!link->next)
		return;
	link->next->previous = link->previous;
	link->previous->next = link->next;
	*link = (struct list_link){NULL, NULL};
}

#endif
