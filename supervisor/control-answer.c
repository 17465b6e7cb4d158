#include "config.h"

#include "supervisor/control-call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool control_parameter(const struct control_call *call, const char *name,
		       char *value, size_t size)
{
	const json_t *member;

	if (http_query_value(call->request->query, name, value, size))
		return true;
	member = json_object_get(call->body, name);
	if (json_is_string(member))
		snprintf(value, size, "%s", json_string_value(member));
	else if (json_is_integer(member))
		snprintf(value, size, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(member));
	else if (json_is_boolean(member))
		snprintf(value, size, "%d", json_is_true(member));
	else
		return false;
	return true;
}

bool control_flag(const struct control_call *call, const char *name)
{
	char value[8];

	return control_parameter(call, name, value, sizeof(value)) &&
	       strcmp(value, "0") != 0;
}

void control_answer(struct http_connection *connection, int status,
		    json_t *value)
{
	char *text = value ? json_dumps(value, 0) : NULL;
	size_t size = text ? strlen(text) : 0;

	json_decref(value);
	if (!text) {
		http_respond(connection, 500, "text/plain", NULL, "", 0);
		return;
	}
	text[size] = '\n'; /* in place of the end */
	http_respond(connection, status, "application/json", NULL, text,
		     size + 1);
	free(text);
}

void control_refuse(struct http_connection *connection, int status,
		    const char *code, const char *message)
{
	control_answer(connection, status,
		       json_pack("{s:{s:s, s:s}}", "error", "code", code,
				 "message", message));
}

bool control_target(const struct control_call *call, bool worker,
		    char target[WORKER_NAME_SIZE])
{
	const char *pool = call->words[0], *index = call->words[1];
	bool valid = name_is_valid(pool) || (!worker && !strcmp(pool, "all"));

	if (worker)
		valid = valid && strlen(index) < 10 &&
			strspn(index, "0123456789") == strlen(index);
	if (!valid) {
		control_refuse(call->connection, 404, "no-such-name",
			       worker ? "this can be no worker"
				      : "this can be no pool");
		return false;
	}
	snprintf(target, WORKER_NAME_SIZE, "%s%s%s", pool, worker ? "/" : "",
		 worker ? index : "");
	return true;
}
