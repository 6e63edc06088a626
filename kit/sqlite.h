/* Queries of SQLite files, opened for reading alone. */
#ifndef ADZE_KIT_SQLITE_H
#define ADZE_KIT_SQLITE_H

#include "table.h"

typedef struct sqlite_query sqlite_query;

/* query: NULL stands for all of the only table.  AD_ERROR_UNSUPPORTED in a build without SQLite. */
ad_status sqlite_query_open(const char *path, const char *query, sqlite_query **q);
void sqlite_query_close(sqlite_query *q);
/* The query that is run. */
const char *sqlite_query_text(const sqlite_query *q);
int sqlite_query_columns(const sqlite_query *q);
const char *sqlite_query_column(const sqlite_query *q, int i); /* its name */
/* 1: a row in the cells, valid until the next call; 0: the end; -1: failed, with the message. */
int sqlite_query_row(sqlite_query *q, table_cell *row);
int64_t sqlite_query_number(const sqlite_query *q); /* of the row, from 1 */

#endif
