/* row_stream: rows -> pieces -> client, at the client's pace. SPDX-License-Identifier: ISC */
#include "handlers/row_stream.h"

#include "handlers/body.h"
#include "handlers/response_settings.h"
#include "server/response.h"
#include "util/check.h"

/* A piece is sent when it is this large, or the last one. */
#define PIECE_BYTES ((size_t)32768)

struct row_stream {
    struct generator gen;
    struct exchange *x;
    row_stream_head_fn *head; /* NULL: nothing is sent before all of it is there */
    size_t most;              /* bytes that are held before the head must be known */
    bool bodiless;            /* what SQL said is a status without a body: nothing is kept of it */
    bool started;             /* the head is out */
    bool wanted;              /* the connection asked for a piece and has not got it */
    bool paused;              /* the job is held back */
    bool ended;               /* the job is done, only the rest of x->body is left */
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

void row_stream_init(struct exchange *x, size_t most, row_stream_head_fn *head)
{
    x->stream = ARENA_NEW(&x->req->arena, struct row_stream);
    x->stream->gen = (struct generator){proceed, stop};
    x->stream->x = x;
    x->stream->head = head;
    x->stream->most = most;
    x->job.stream = true;
}

/* A status of SQL's that goes without a body is sent whole in the end. */
static void start(struct row_stream *s)
{
    const struct response_settings *said = s->x->said;
    int status = said ? said->status : 0;
    s->bodiless = status == 204 || status == 205 || status == 304;
    if (s->bodiless)
        return;
    status = s->head(s->x);
    s->started = true;
    db_job_streams(&s->x->job);
    response_stream(s->x->req, status, &s->gen);
}

static void outgrow(struct row_stream *s)
{
    if (s->head)
        start(s);
    else
        s->x->too_large = true;
}

void row_stream_more(struct exchange *x, bool last)
{
    struct row_stream *s = x->stream;
    if (s->ended)
        buf_clear(&x->body, 0); /* HEAD, or a client that has left */
    else if (!s->started && !s->bodiless && !(last && s->head) && buf_len(&x->body) >= s->most)
        outgrow(s);
    if (s->bodiless)
        buf_clear(&x->body, 0);
    if (!s->started || s->ended || buf_len(&x->body) < PIECE_BYTES)
        return;
    if (s->wanted)
        give_piece(s);
    else if (!s->paused) {
        s->paused = true;
        db_job_pause(&x->job);
    }
}

bool row_stream_started(const struct exchange *x)
{
    return x->stream && x->stream->started;
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
