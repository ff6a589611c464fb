/* Compares db/pg_json with a server, for test/integration/test_pg_json.py: reads statements from stdin, one a
 * line. Each returns two columns, a value and what to_json() makes of it; every difference becomes a line.
 * `pg_json_tool list` prints the table of types instead. Connects with the options that bobbin uses.
 * SPDX-License-Identifier: ISC */
#include "db/conf.h"
#include "db/pg_json.h"
#include "db/pg_json_types.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

static int list(void)
{
    for (uint32_t oid = 1; oid < 16384; oid++) {
        if (pg_type_listed(oid))
            printf("%u %s\n", oid, pg_type_listed(oid));
    }
    return 0;
}

static PGconn *open_connection(const char *conninfo)
{
    struct pg_conf conf;
    pg_conf_init(&conf, &(struct pg_conf_options){.conninfo = conninfo, .application_name = "pg_json_tool"});
    if (conf.error) {
        fprintf(stderr, "%s\n", conf.error);
        exit(2);
    }
    const char *keys[PG_CONF_KEYWORDS + 4] = {"host", "port", "options"};
    const char *values[PG_CONF_KEYWORDS + 4] = {conf.targets[0].host, conf.targets[0].port, conf.options};
    for (size_t i = 0; i < conf.n; i++) {
        keys[3 + i] = conf.keys[i];
        values[3 + i] = conf.values[i];
    }
    PGconn *pg = PQconnectdbParams(keys, values, 0);
    if (PQstatus(pg) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(pg));
        exit(2);
    }
    pg_conf_release(&conf);
    return pg;
}

/* Values go through both ways into the buffer: alone, and as a member of a row. */
static unsigned compare_row(const struct db_rows *rows, int row, struct buf *b)
{
    static const struct row_item items[] = {{ROW_VALUE, 0, 0, {"\"v\":", 4}}};
    static const struct row_shape shape = {items, 1, 2};
    struct str want = str_cstr(PQgetvalue(rows->res, row, 1));
    if (PQgetisnull(rows->res, row, 0))
        want = STR("null");
    buf_clear(b, 1 << 20);
    if (!pg_json_value(b, rows, row, 0))
        return 1;
    if (!str_eq(buf_str(b), want)) {
        printf("DIFFERENT type %u: %.*s is not %.*s\n", (unsigned)PQftype(rows->res, 0), STR_ARG(buf_str(b)),
            STR_ARG(want));
        return 1;
    }
    uint64_t count = 0;
    buf_clear(b, 1 << 20);
    struct db_rows one = *rows;
    one.nrows = 1;
    if (row == 0 && (!pg_json_rows(b, &shape, &one, PG_JSON_ARRAY, &count) || buf_len(b) != want.n + 6 ||
                        memcmp(b->data + 5, want.p, want.n) != 0)) {
        printf("DIFFERENT in a row: %.*s\n", STR_ARG(buf_str(b)));
        return 1;
    }
    return 0;
}

static unsigned run(PGconn *pg, const char *sql, unsigned long *values)
{
    unsigned bad = 0;
    PGresult *res = PQexec(pg, sql);
    if (PQresultStatus(res) == PGRES_TUPLES_OK && PQnfields(res) == 2) {
        struct db_rows rows = {.res = res, .nrows = PQntuples(res), .ncols = 2, .last = true};
        struct buf b;
        buf_init(&b, 0);
        for (int row = 0; row < rows.nrows; row++)
            bad += compare_row(&rows, row, &b);
        *values += (unsigned long)rows.nrows;
        buf_release(&b);
    } else if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        printf("FAILED %s: %s", sql, PQresultErrorMessage(res));
        bad = 1;
    }
    PQclear(res);
    return bad;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: pg_json_tool CONNINFO|list\n");
        return 2;
    }
    if (strcmp(argv[1], "list") == 0)
        return list();
    PGconn *pg = open_connection(argv[1]);
    char *line = NULL;
    size_t size = 0;
    unsigned bad = 0;
    unsigned long values = 0;
    while (getline(&line, &size, stdin) > 0)
        bad += run(pg, line, &values);
    printf("%lu values, %u different\n", values, bad);
    free(line);
    PQfinish(pg);
    return bad != 0;
}
