#include "config.h"

#include "supervisor/loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/loader-manual.h"
#include "supervisor/loader-schema.h"

/* Checks a config and writes its canonical JSON to stdout. */
static int load(const char *path)
{
	struct loader loader;
	struct error error;
	json_t *json;
	int result = 1;

	loader_init(&loader);
	json = loader_load(&loader, path, &error);
	if (json && json_dumpf(json, stdout, JSON_COMPACT) == 0 &&
	    fputc('\n', stdout) != EOF && fflush(stdout) == 0)
		result = 0;
	else if (json)
		fprintf(stderr, "reeve: cannot write the config: %s\n",
			strerror(errno));
	else if (loader.mistakes.count > 0)
		mistakes_print(&loader.mistakes, stderr);
	else
		fprintf(stderr, "reeve: %s\n", error.text);
	json_decref(json);
	loader_release(&loader);
	return result;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--schema") == 0)
		return schema_write(stdout) == 0 ? 0 : 1;
	if (argc == 3 && strcmp(argv[1], "--manual") == 0)
		return manual_write(argv[2], stdout) == 0 ? 0 : 1;
	if (argc == 2 && argv[1][0] != '-')
		return load(argv[1]);
	fputs("usage: reeve-loader FILE | --schema | --manual TEMPLATE\n",
	      stderr);
	return 2;
}
