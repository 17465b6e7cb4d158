#include "config.h"

#include "supervisor/loader.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "supervisor/address.h"
#include "supervisor/values.h"

/* ---- names of hosts ---- */

/* The first address of IPv4, else the first one. */
static const struct addrinfo *choose(const struct addrinfo *list)
{
	for (const struct addrinfo *one = list; one; one = one->ai_next)
		if (one->ai_family == AF_INET)
			return one;
	return list;
}

static const char *resolve(struct loader *loader, const struct node *node,
			   const struct address_parts *parts)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	char host[INET6_ADDRSTRLEN];
	const struct addrinfo *one;
	int failure = getaddrinfo(parts->host, NULL, &hints, &list);

	if (failure != 0) {
		mistakes_add(&loader->mistakes, node->place,
			     "there is no host '%.80s' (%s); write one that "
			     "can be found, or its number",
			     parts->host, gai_strerror(failure));
		return NULL;
	}
	one = choose(list);
	getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof(host), NULL, 0,
		    NI_NUMERICHOST);
	freeaddrinfo(list);
	return arena_print(&loader->arena,
			   strchr(host, ':') ? "%s://[%s]:%s" : "%s://%s:%s",
			   parts->scheme, host, parts->port);
}

const char *loader_resolve(struct loader *loader, const struct node *node,
			   const char *text)
{
	struct address address;
	struct address_parts parts;
	struct error ignored;

	if (address_parse(text, &address, &ignored) == 0)
		return arena_print(&loader->arena, "%s", address.text);
	/* What is wrong with it is told where it is stored. */
	if (address_split(text, &parts, &ignored) < 0)
		return text;
	return resolve(loader, node, &parts);
}

/* ---- the list ---- */

/* One socket: the text of a node is the same as its `listen`. */
static json_t *read_socket(struct loader *loader, const struct node *node)
{
	static const struct node no_keys = {.kind = NODE_MAP, .text = ""};
	const struct option *listen = option_find(OPTION_OF_SOCKET, "listen");
	struct socket_config probe = {.backlog = 0};
	json_t *json, *address;

	if (node->kind == NODE_MAP)
		return loader_section(loader, OPTION_OF_SOCKET, node, &probe);
	address = loader_value(loader, listen, node, &probe);
	if (!address)
		return NULL;
	json = loader_defaults(OPTION_OF_SOCKET, &no_keys);
	json_object_set_new(json, listen->path, address);
	return json;
}

json_t *loader_sockets(struct loader *loader, const struct node *node)
{
	json_t *list = json_array();
	bool sound = true;

	for (const struct node_item *item = node->items;
	     item && node->kind == NODE_LIST; item = item->next) {
		json_t *one = read_socket(loader, item->value);

		sound = sound && one && json_array_append(list, one) == 0;
		json_decref(one);
	}
	if (node->kind != NODE_LIST && !node->empty) {
		json_t *one = read_socket(loader, node);

		sound = one && json_array_append(list, one) == 0;
		json_decref(one);
	}
	if (sound)
		return list;
	json_decref(list);
	return NULL;
}

/* Says that socket `index` of a pool is listened to by another one too. */
static void report_twice(struct loader *loader, const struct pool_draft *pool,
			 size_t index, const struct pool_draft *other)
{
	const struct node *node = pool_draft_find(pool, "sockets");
	const struct node_item *item =
		node->kind == NODE_LIST ? node->items : NULL;
	const char *text = pool->config.sockets.items[index].address.text;

	for (size_t i = 0; item && i < index; i++)
		item = item->next;
	mistakes_add(&loader->mistakes, item ? item->value->place : node->place,
		     "the pool '%.80s' listens on %s already; use another "
		     "address",
		     other->name, text);
}

/* The pool up to `last` whose socket, of that one before `end`, has this
 * address; else NULL. */
static const struct pool_draft *find_address(const struct loader *loader,
					     size_t last, size_t end,
					     const char *text)
{
	for (size_t i = 0; i <= last; i++) {
		const struct pool_draft *pool = &loader->pools[i];
		const struct socket_list *list = &pool->config.sockets;
		size_t count = i == last ? end : list->count;

		for (size_t k = 0; k < count; k++)
			if (strcmp(list->items[k].address.text, text) == 0)
				return pool;
	}
	return NULL;
}

void loader_check_sockets(struct loader *loader)
{
	for (size_t i = 0; i < loader->pool_count; i++) {
		const struct pool_draft *pool = &loader->pools[i];
		const struct socket_list *list = &pool->config.sockets;

		for (size_t k = 0; k < list->count; k++) {
			const struct pool_draft *other = find_address(
				loader, i, k, list->items[k].address.text);

			if (other)
				report_twice(loader, pool, k, other);
		}
	}
}
