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
	/* PRAGMA user_version; a file with a higher one is left alone. */
	SCHEMA_VERSION = 1,
};

/* The statements that make all tables, indexes and views in an empty file. */
extern const char schema_sql[];

#endif
