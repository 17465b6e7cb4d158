#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/*
 * What history.db looks like. The tables are reeve's own: numbers for words,
 * microseconds since 1970 for times. The views are the contract with whoever
 * reads the file by SQL: words, and seconds as REAL.
 */

enum {
	/* PRAGMA application_id: "reev". */
	SCHEMA_APPLICATION = 0x72656576,
	/* PRAGMA user_version; a file with a higher one is left alone, one with
	 * a lower one is migrated by the recorder. */
	SCHEMA_VERSION = 2,
};

/* The statements that make all tables, indexes and views in an empty file,
 * those of indexes and views alone; NULL behind the last. */
extern const char *const schema_parts[];
extern const char *const schema_rest[];

/* The statements that turn the tables of `version` into those of the next one,
 * in a file that has neither views nor indexes, likewise; NULL when there are
 * none. */
const char *const *schema_migration(int version);

#endif
