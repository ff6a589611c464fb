/* errors: every refusal that a caller can see, from one table (errors.def), in one shape:
 * {"code","message","details","hint"}, null where there is nothing to say; constraint errors of PostgreSQL
 * name their constraint and column as well. SQLSTATEs become statuses by sqlstate.def. Nothing here reveals
 * SQL text, file names or addresses. Each function answers the request completely. SPDX-License-Identifier:
 * ISC */
#ifndef HANDLERS_ERRORS_H
#define HANDLERS_ERRORS_H

#include "auth/jwt.h"
#include "db/db.h"
#include "query/plan.h"
#include "server/request.h"

enum error_id {
#define ERROR(name, code, status, message, hint) ERR_##name,
#include "handlers/errors.def"
#undef ERROR
    ERRORS_N
};

/* What is different from the row's defaults; zeroed slices mean "as the row says" (message, hint) or null. */
struct error_detail {
    struct str message, details, hint;
    struct str details_json; /* a JSON value in place of details */
    struct str relation;     /* of a document, whose lines it is about; added to the body when not empty */
    struct str constraint;   /* added to the body when not empty, as are columns */
    const struct str *columns;
    size_t ncolumns;
    struct str allow;             /* Allow header of a 405 */
    struct str www_authenticate;  /* of a 401; "Bearer" when not given */
    struct str reason;            /* in place of the standard reason phrase */
    const struct header *headers; /* in place of ours of the same names; judged already */
    size_t nheaders;
    unsigned retry_after_s; /* 0: no header, except that a 503 always has one */
    bool no_retry;          /* not even a 503 */
};

int error_status(enum error_id id);
void error_send(struct request *req, enum error_id id, const struct error_detail *detail);
void error_send_query(struct request *req, const struct query_error *error);
/* What became of a database job that did not end with DB_OK. `anonymous`: the caller sent no credentials, so
 * that a missing privilege is 401 (who are you?) and not 403. `writes`: its fate may be unknown. */
void error_send_db(
    struct request *req, enum db_outcome outcome, const struct db_error *error, bool anonymous, bool writes);
/* The same for a job of writes. */
struct error_source {
    const struct catalog *cat;        /* for the columns of a constraint that was violated; NULL: not told */
    const struct cat_relation *lines; /* of a document that the failed statement was about; NULL: none */
};
void error_send_write(struct request *req, const struct error_source *source, enum db_outcome outcome,
    const struct db_error *error, bool anonymous, bool writes);
/* A refused token, in the words of auth/. */
void error_send_jwt(struct request *req, const struct jwt_error_text *error);
/* The body alone; minimal: client-error-verbosity. */
void error_write_body(struct buf *out, enum error_id id, const struct error_detail *detail, bool minimal);
/* Headers and body without sending them, for errors that the server layer answers by itself. */
void error_write_head(
    struct request *req, enum error_id id, const struct error_detail *detail, struct buf *body);
/* The row for a status of the server layer (400, 408, 413, 414, 431, 501, 503, 505). */
enum error_id error_of_status(int status);
/* HTTP status of an SQLSTATE with its message, for the caller described. */
int error_sqlstate_status(struct str sqlstate, struct str message, bool anonymous);

#endif
