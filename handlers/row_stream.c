/* row_stream: rows -> pieces -> client, at the client's pace. SPDX-License-Identifier: ISC */
#include "handlers/row_stream.h"

#include "handlers/body.h"
#include "handlers/rest_read.h"
#include "server/response.h"
#include "util/check.h"

/* A piece is sent when it is this large, or the last one. */
#define PIECE_BYTES ((size_t)32768)

struct row_stream {
    struct generator gen;
    struct exchange *x;
    size_t buffer; /* response-buffer */
    bool whole;    /* nothing is sent before all of it is there */
    bool started;  /* the head is out */
    bool wanted;   /* the connection asked for a piece and has not got it */
    bool paused;   /* the job is held back */
    bool ended;    /* the job is done, only the rest of x->body is left */
};

static void give_piece(struct row_stream *s)
{
    s->wanted = false;
    if (s->ended)
        response_end(s->x->req, &s->x->body);
    else
        response_write(s->x->req, &s->x->body);
}

static void proceed(struct generator *gen, struct request *req)
{
    struct row_stream *s = container_of(gen, struct row_stream, gen);
    (void)req;
    s->wanted = true;
    if (s->ended) {
        give_piece(s);
        return;
    }
    if (buf_len(&s->x->body) >= PIECE_BYTES)
        give_piece(s);
    if (s->paused) {
        s->paused = false;
        db_job_resume(&s->x->job);
    }
}

/* The client is gone; the exchange's dispose hook abandons the job, which cancels the query. */
static void stop(struct generator *gen, struct request *req)
{
    struct row_stream *s = container_of(gen, struct row_stream, gen);
    (void)req;
    s->wanted = false;
    s->ended = true;
}

/* The rows will come again: what was encoded of them is forgotten. */
static bool restart(struct db_job *job)
{
    struct exchange *x;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    if (x->stream->started)
        return false;
    rest_read_restart(x);
    return true;
}

void row_stream_init(struct exchange *x, bool whole)
{
    x->stream = ARENA_NEW(&x->req->arena, struct row_stream);
    x->stream->gen = (struct generator){proceed, stop};
    x->stream->x = x;
    x->stream->whole = whole;
    x->stream->buffer = whole ? x->settings->config->limit_row : x->settings->config->response_buffer;
    x->job.stream = true;
    x->job.on_restart = restart;
}

static void start(struct row_stream *s)
{
    int status = rest_read_headers(s->x, false);
    s->started = true;
    db_job_streams(&s->x->job);
    response_stream(s->x->req, status, &s->gen);
}

void row_stream_rows(struct exchange *x, const struct db_rows *rows)
{
    struct row_stream *s = x->stream;
    if (x->too_large || !body_rows(x, &x->plan.read->shape, rows)) {
        x->too_large = true;
        return;
    }
    if (!s->started && s->whole && buf_len(&x->body) > s->buffer)
        x->too_large = true;
    else if (!s->started && !rows->last && buf_len(&x->body) >= s->buffer)
        start(s);
    if (!s->started || buf_len(&x->body) < PIECE_BYTES)
        return;
    if (s->wanted)
        give_piece(s);
    else if (!s->paused) {
        s->paused = true;
        db_job_pause(&x->job);
    }
}

bool row_stream_end(struct exchange *x)
{
    struct row_stream *s = x->stream;
    if (!s->started)
        return true;
    s->ended = true;
    body_end(x);
    if (s->wanted)
        give_piece(s);
    return false;
}

bool row_stream_failed(struct exchange *x)
{
    if (!x->stream->started)
        return true;
    x->stream->ended = true;
    response_abort(x->req);
    return false;
}
