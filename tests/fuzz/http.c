/*
 * Fuzzes the control API's reader of requests: any bytes are a request or are
 * refused with a status, and what was taken keeps its bounds.
 * Sources: supervisor/http.c
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "supervisor/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t head = http_head_size(text, size);
	struct http_request request;
	char value[32];
	int refused;

	assert(head <= size);
	if (head == 0)
		return 0;
	refused = http_parse_head(&request, text, head);
	if (refused != 0) {
		assert(strcmp(http_reason(refused), "Error") != 0);
		return 0;
	}
	assert(request.path[0] == '/' && !strchr(request.path, '?'));
	assert(request.body_size <= HTTP_BODY_MAX);
	if (http_query_value(request.query, "wait", value, sizeof(value)))
		assert(strlen(value) < sizeof(value));
	return 0;
}
