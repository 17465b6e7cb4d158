#include "config.h"

#include "supervisor/loader.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* How many addresses of a name are tried. */
enum { ADDRESSES_MAX = 4 };

/* A target while it is taken apart: the parts point into copies. */
struct draft {
	struct loader *loader;
	const struct node *node;
	const char *host; /* a name or an address; NULL for a socket */
	const char *port;
	const char *socket;
	const char *field; /* http: the Host field */
	const char *path; /* http */
};

static bool refuse(const struct draft *draft, const char *text,
		   const char *reason)
{
	mistakes_add(&draft->loader->mistakes, draft->node->place, "'%.80s' %s",
		     text, reason);
	return false;
}

/* Digits, with {index} somewhere in them. What the numbers come to is looked
 * at when the workers are counted (loader-check-probes.c). */
static bool check_port(const struct draft *draft, const char *text)
{
	const char *at = draft->port;

	while (*at) {
		if (strncmp(at, "{index}", 7) == 0)
			at += 7;
		else if (*at >= '0' && *at <= '9')
			at++;
		else
			break;
	}
	return (at > draft->port && *at == '\0') ||
	       refuse(draft, text,
		      "has no port that is a number; write one from 1 to "
		      "65535, in which {index} may stand");
}

/* Takes "HOST", "HOST:PORT" or "[ADDRESS]:PORT" apart. */
static bool take_host(struct draft *draft, const char *text,
		      const char *authority)
{
	struct arena *arena = &draft->loader->arena;
	const char *end;

	if (*authority == '[') {
		end = strchr(authority, ']');
		if (!end || (end[1] && end[1] != ':'))
			return refuse(draft, text,
				      "has no ']' behind the address; write "
				      "[ADDRESS]:PORT");
		draft->host = arena_text(arena, authority + 1,
					 (size_t)(end - authority - 1));
		end++;
	} else {
		end = strchrnul(authority, ':');
		draft->host =
			arena_text(arena, authority, (size_t)(end - authority));
	}
	if (*end == ':')
		draft->port = end + 1;
	if (!*draft->host)
		return refuse(draft, text,
			      "names no host; write one, such as "
			      "127.0.0.1");
	if (strpbrk(draft->host, "{}@/ "))
		return refuse(draft, text,
			      "has no plain host; write a name or an address, "
			      "without user and braces: it is looked up when "
			      "the config is loaded");
	return true;
}

static bool take_socket(struct draft *draft, const char *text, const char *path)
{
	struct sockaddr_un address;

	draft->socket = path;
	if (*path != '/')
		return refuse(draft, text,
			      "names no absolute path of a "
			      "socket; write one behind 'unix:'");
	if (!strchr(path, '{') && strlen(path) >= sizeof(address.sun_path))
		return refuse(draft, text,
			      "is too long for the path of a "
			      "socket; use one of at most 107 "
			      "bytes");
	return true;
}

static bool take_tcp(struct draft *draft, const char *text)
{
	if (strncmp(text, "unix:", 5) == 0)
		return take_socket(draft, text, text + 5);
	if (strstr(text, "://"))
		return refuse(draft, text,
			      "is a URL; write HOST:PORT or unix:/PATH");
	draft->port = "";
	return take_host(draft, text, text) && check_port(draft, text);
}

static bool take_http(struct draft *draft, const char *text)
{
	struct arena *arena = &draft->loader->arena;
	const char *authority = text + 7;
	const char *path;

	if (strncmp(text, "https://", 8) == 0)
		return refuse(draft, text,
			      "asks for TLS, which reeve does not speak; use "
			      "exec with a program that does, such as curl");
	if (strncmp(text, "http://", 7) != 0)
		return refuse(draft, text,
			      "is no URL; write http://HOST:PORT/PATH or "
			      "http://unix:/SOCKET:/PATH");
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '#')
			return refuse(draft, text,
				      "has a blank or a '#' in it; write them "
				      "as %20 and %23");
	if (strncmp(authority, "unix:", 5) == 0) {
		authority += 5;
		path = strchrnul(authority, ':');
		draft->field = "localhost";
		draft->path = path[0] && path[1] ? path + 1 : "/";
		return take_socket(draft, text,
				   arena_text(arena, authority,
					      (size_t)(path - authority)));
	}
	path = authority + strcspn(authority, "/?");
	draft->port = "80";
	draft->path = *path == '?' ? arena_print(arena, "/%s", path)
		      : *path	   ? path
				   : "/";
	draft->field = arena_text(arena, authority, (size_t)(path - authority));
	return take_host(draft, text, draft->field) && check_port(draft, text);
}

static json_t *list_addresses(const struct addrinfo *found)
{
	json_t *list = json_array();
	const char *last = "";

	for (; found && json_array_size(list) < ADDRESSES_MAX;
	     found = found->ai_next) {
		char address[NI_MAXHOST];

		if (getnameinfo(found->ai_addr, found->ai_addrlen, address,
				sizeof(address), NULL, 0,
				NI_NUMERICHOST) != 0 ||
		    strcmp(address, last) == 0)
			continue;
		json_array_append_new(list, json_string(address));
		last = json_string_value(
			json_array_get(list, json_array_size(list) - 1));
	}
	return list;
}

/* Looks up the host; NULL after a mistake. */
static json_t *resolve(const struct draft *draft)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int status = getaddrinfo(draft->host, NULL, &hints, &found);
	json_t *list;

	if (status != 0) {
		mistakes_add(&draft->loader->mistakes, draft->node->place,
			     "cannot look up the host '%.80s': %s; use an "
			     "address, or a name that this machine knows",
			     draft->host, gai_strerror(status));
		return NULL;
	}
	list = list_addresses(found);
	freeaddrinfo(found);
	return list;
}

static void put_text(json_t *object, const char *name, const char *text)
{
	if (text)
		json_object_set_new(object, name, json_string(text));
}

json_t *loader_target(struct loader *loader, const struct option *option,
		      const struct node *node, const char *text)
{
	struct draft draft = {.loader = loader, .node = node};
	json_t *addresses = NULL;
	json_t *value;
	bool sound = option->type == OPTION_HTTP ? take_http(&draft, text)
						 : take_tcp(&draft, text);

	if (sound && draft.host)
		addresses = resolve(&draft);
	if (!sound || (draft.host && !addresses))
		return NULL;
	value = json_object();
	put_text(value, "text", text);
	if (addresses)
		json_object_set_new(value, "addresses", addresses);
	put_text(value, "port", draft.port);
	put_text(value, "socket", draft.socket);
	put_text(value, "host", draft.field);
	put_text(value, "path", draft.path);
	return value;
}
