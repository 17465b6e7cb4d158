#include "config.h"

#include "supervisor/address.h"

#include "supervisor/connections.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char unix_scheme[] = "unix://";

static int refuse(const char *text, const char *why, struct error *error)
{
	error_set(error,
		  "'%.80s' %s; write tcp://HOST:PORT, udp://HOST:PORT "
		  "or unix:///PATH",
		  text, why);
	return -1;
}

/* Whether it is a number from 1 to 65535 without leading zeros. */
static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && text[digits] == '\0' &&
	       text[0] != '0' && strtol(text, NULL, 10) <= 65535;
}

int address_split(const char *text, struct address_parts *parts,
		  struct error *error)
{
	const char *host = text + strlen("tcp://");
	const char *colon = strrchr(text, ':');
	size_t length;

	if (strncmp(text, "tcp://", 6) == 0)
		parts->scheme = "tcp";
	else if (strncmp(text, "udp://", 6) == 0)
		parts->scheme = "udp";
	else
		return refuse(text, "is no address of a socket", error);
	if (colon < host || !is_port(colon + 1))
		return refuse(text, "has no port from 1 to 65535", error);
	length = (size_t)(colon - host);
	if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
	} else if (memchr(host, ':', length)) {
		return refuse(text, "has an IPv6 address without brackets",
			      error);
	}
	if (length == 0 || length >= sizeof(parts->host))
		return refuse(text, "has no host (* is every address)", error);
	snprintf(parts->host, sizeof(parts->host), "%.*s", (int)length, host);
	snprintf(parts->port, sizeof(parts->port), "%s", colon + 1);
	return 0;
}

static int parse_path(const char *text, struct address *address,
		      struct error *error)
{
	const char *path = text + strlen(unix_scheme);
	struct sockaddr_un *name = &address->name.path;
	size_t length = strlen(path);

	if (path[0] != '/')
		return refuse(text, "has no absolute path", error);
	if (length >= sizeof(name->sun_path))
		return error_set(error,
				 "the path of '%.160s' is too long for a "
				 "socket; use one of at most %zu bytes",
				 text, sizeof(name->sun_path) - 1);
	address->type = SOCK_STREAM;
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, path, length + 1);
	address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    length + 1);
	snprintf(address->text, sizeof(address->text), "%s%s", unix_scheme,
		 path);
	return 0;
}

/* Writes the text anew, so that [0::1] and [::1] are the same. */
static void write_text(struct address *address,
		       const struct address_parts *parts)
{
	char host[INET6_ADDRSTRLEN] = "*";
	bool ip6 = address->name.any.sa_family == AF_INET6;

	if (ip6 && !address->any_family)
		inet_ntop(AF_INET6, &address->name.ip6.sin6_addr, host,
			  sizeof(host));
	else if (!ip6)
		inet_ntop(AF_INET, &address->name.ip4.sin_addr, host,
			  sizeof(host));
	snprintf(address->text, sizeof(address->text),
		 ip6 && !address->any_family ? "%s://[%s]:%s" : "%s://%s:%s",
		 parts->scheme, host, parts->port);
}

int address_parse(const char *text, struct address *address,
		  struct error *error)
{
	struct address_parts parts;
	uint16_t port;

	*address = (struct address){.any_family = false};
	if (strncmp(text, unix_scheme, strlen(unix_scheme)) == 0)
		return parse_path(text, address, error);
	if (address_split(text, &parts, error) < 0)
		return -1;
	port = htons((uint16_t)strtol(parts.port, NULL, 10));
	address->type =
		strcmp(parts.scheme, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	address->any_family = strcmp(parts.host, "*") == 0;
	if (inet_pton(AF_INET, parts.host, &address->name.ip4.sin_addr) == 1) {
		address->name.ip4.sin_family = AF_INET;
		address->name.ip4.sin_port = port;
		address->size = sizeof(address->name.ip4);
	} else if (address->any_family ||
		   inet_pton(AF_INET6, parts.host,
			     &address->name.ip6.sin6_addr) == 1) {
		address->name.ip6.sin6_family = AF_INET6;
		address->name.ip6.sin6_port = port;
		address->size = sizeof(address->name.ip6);
	} else {
		return refuse(text, "has no numeric host", error);
	}
	write_text(address, &parts);
	return 0;
}

uint64_t address_key(const struct address *address)
{
	switch (address->name.any.sa_family) {
	case AF_UNIX:
		return connection_path_key(address->name.path.sun_path);
	case AF_INET:
		return ntohs(address->name.ip4.sin_port);
	default:
		return ntohs(address->name.ip6.sin6_port);
	}
}
