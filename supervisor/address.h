#ifndef SUPERVISOR_ADDRESS_H
#define SUPERVISOR_ADDRESS_H

#include "base/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * The address of a socket, as a config writes it: tcp://HOST:PORT,
 * udp://HOST:PORT or unix:///PATH. An IPv6 address is in brackets; the host `*`
 * is every address of the machine, of IPv4 and IPv6.
 */

/* The longest text of an address without host names: a path and "unix://". */
enum { ADDRESS_TEXT_SIZE = sizeof(struct sockaddr_un) + 8 };

struct address {
	char text[ADDRESS_TEXT_SIZE]; /* equal text, equal address */
	int type; /* SOCK_STREAM or SOCK_DGRAM */
	bool any_family; /* the host is `*` */
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
		struct sockaddr_un path;
	} name; /* of the host `*`: every address of IPv6 */
	socklen_t size;
};

/* The parts of the text of an internet address; `host` has no brackets. */
struct address_parts {
	const char *scheme; /* "tcp" or "udp" */
	char host[256];
	char port[6]; /* "1" to "65535" */
};

/* Splits the text of an internet address. Returns 0, or -1 and what is wrong
 * and what would be right. */
int address_split(const char *text, struct address_parts *parts,
		  struct error *error);

/*
 * Reads the text of an address. No host name is looked up: only numbers are
 * hosts. Returns 0, or -1 and what is wrong and what would be right.
 */
int address_parse(const char *text, struct address *address,
		  struct error *error);

/* Whose connections they are: the key of connections.h. */
uint64_t address_key(const struct address *address);

#endif
