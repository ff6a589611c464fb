/* Unit tests of handlers/offload: the thread pool, requests whose clients leave, the end of the process.
 * SPDX-License-Identifier: ISC */
#include "handlers/offload.h"

#include "server/response.h"
#include "test/unit/server/loopback.h"
#include "test/unit/test.h"
#include "util/buf.h"

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

/* In the arena of its request. */
struct piece {
    unsigned number;
    bool worked;
};

static struct {
    struct offload *offload;
    sem_t gate; /* each piece of work takes one */
    unsigned begun, refused, npieces;
    unsigned done[128], ndone; /* numbers in order */
    unsigned not_run, finished;
    bool in_head;
} seen;

static struct loopback lb;

static void work(void *arg)
{
    struct piece *piece = arg;
    sem_wait(&seen.gate);
    piece->worked = true;
}

static void send_status(struct request *req, int status)
{
    response_send(req, status, NULL);
}

static void done(struct request *req, void *arg, bool ran)
{
    const struct piece *piece = arg;
    assert_true(!ran || piece->worked);
    seen.done[seen.ndone++] = piece->number;
    seen.not_run += !ran;
    send_status(req, ran ? 200 : 503);
}

static void cancel(void *arg)
{
    struct wait *w = arg;
    w->cancel(w);
}

static void begin(struct request *req)
{
    struct piece *piece = ARENA_NEW(&req->arena, struct piece);
    piece->number = seen.npieces++;
    struct wait *w = offload_run(seen.offload, req, work, done, piece);
    if (w) {
        arena_on_dispose(&req->arena, cancel, w);
    } else {
        seen.refused++;
        send_status(req, 503);
    }
}

static void *start(struct worker *w, void *arg)
{
    return seen.offload = offload_create(worker_loop(w));
}

static void stop(void *app, void (*stopped)(void *arg), void *arg)
{
    offload_stop(app, stopped, arg);
}

static void free_app(void *app)
{
    offload_free(&seen.offload);
}

static enum head_verdict on_head(struct request *req, uint64_t *limit)
{
    if (seen.in_head)
        begin(req);
    return HEAD_READ_BODY;
}

static void on_request(struct request *req)
{
    if (str_eq(req->path, STR("/small")))
        send_status(req, 200);
    else if (!seen.in_head)
        begin(req);
}

static void on_finish(struct request *req)
{
    seen.finished++;
}

static void on_error(struct request *req, int status, struct str message, struct buf *body) {}

static const struct app app = {.start = start,
    .stop = stop,
    .free = free_app,
    .head = on_head,
    .request = on_request,
    .finish = on_finish,
    .error = on_error};

static int setup(void **state)
{
    memset(&seen, 0, sizeof seen);
    assert_int_equal(sem_init(&seen.gate, 0, 0), 0);
    loopback_init(&lb, &app, "limit-pipeline = 1024\ntimeout-body = 100ms\nlimit-body-min-rate = 0\n");
    loopback_open(&lb);
    return 0;
}

static int teardown(void **state)
{
    loopback_deinit(&lb);
    sem_destroy(&seen.gate);
    return 0;
}

/* Requests of one connection are started side by side when its responses are known to be small. */
static void open_for_many(void)
{
    loopback_send(&lb, STR("GET /small HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(loopback_status(&lb, 0), 200);
    seen.finished = 0;
}

static void let(unsigned n)
{
    while (n--)
        sem_post(&seen.gate);
}

static void until_done(unsigned n)
{
    for (int i = 0; i < 5000 && seen.ndone < n; i++)
        loopback_wait(&lb, 1);
    assert_int_equal(seen.ndone, n);
}

static void ask(unsigned n)
{
    while (n--)
        loopback_send(&lb, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

static void the_request_waits_and_the_loop_does_not(void **state)
{
    ask(1);
    assert_int_equal(buf_len(&lb.received), 0);
    let(1);
    until_done(1);
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 0), 200);
}

static void so_many_wait_and_more_are_refused(void **state)
{
    unsigned all = OFFLOAD_RUNNING + OFFLOAD_WAITING;
    open_for_many();
    ask(all);
    assert_int_equal(offload_waiting(seen.offload), OFFLOAD_WAITING);
    ask(1);
    assert_int_equal(seen.refused, 1);
    let(all);
    until_done(all);
    unsigned sum = 0; /* each once; a thread that the system lets wait is overtaken by the other's */
    for (unsigned i = 0; i < all; i++)
        sum += seen.done[i];
    assert_int_equal(sum, all * (all - 1) / 2);
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, all + 1), 503);
}

static void a_client_that_leaves_frees_nothing_that_a_thread_reads(void **state)
{
    open_for_many();
    ask(OFFLOAD_RUNNING);
    loopback_close(&lb);
    assert_int_equal(seen.finished, 0);
    let(OFFLOAD_RUNNING);
    until_done(OFFLOAD_RUNNING);
    loopback_wait(&lb, 0);
    assert_int_equal(seen.finished, OFFLOAD_RUNNING);
}

static void before_the_body_a_request_ends_with_its_client(void **state)
{
    seen.in_head = true;
    for (unsigned i = 0; i < OFFLOAD_RUNNING + 3; i++) {
        loopback_open(&lb); /* which closes the one before */
        loopback_send(&lb, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"));
    }
    loopback_close(&lb);
    assert_int_equal(offload_waiting(seen.offload), 0); /* what had not begun is gone */
    assert_int_equal(seen.finished, 3);
    let(OFFLOAD_RUNNING);
    for (int i = 0; i < 5000 && seen.finished < OFFLOAD_RUNNING + 3; i++)
        loopback_wait(&lb, 1);
    assert_int_equal(seen.finished, OFFLOAD_RUNNING + 3);
    assert_int_equal(seen.ndone, 0);
}

static void an_answer_of_the_server_comes_first(void **state)
{
    seen.in_head = true;
    loopback_send(&lb, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"));
    loopback_wait(&lb, 300);
    assert_int_equal(loopback_status(&lb, 0), 408);
    assert_int_equal(seen.finished, 0);
    let(1);
    for (int i = 0; i < 5000 && seen.finished < 1; i++)
        loopback_wait(&lb, 1);
    assert_int_equal(seen.finished, 1);
    assert_int_equal(seen.ndone, 0);
}

static void *let_later(void *arg)
{
    usleep(100000);
    let(OFFLOAD_RUNNING);
    return NULL;
}

static void the_end_of_the_process_waits_for_what_runs_only(void **state)
{
    pthread_t thread;
    open_for_many();
    ask(OFFLOAD_RUNNING + 2);
    assert_int_equal(pthread_create(&thread, NULL, let_later, NULL), 0);
    loopback_deinit(&lb);
    pthread_join(thread, NULL);
    assert_int_equal(seen.ndone, OFFLOAD_RUNNING + 2);
    assert_in_range(seen.not_run, 2, OFFLOAD_RUNNING + 2);
    loopback_init(&lb, &app, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_request_waits_and_the_loop_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(so_many_wait_and_more_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_client_that_leaves_frees_nothing_that_a_thread_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(before_the_body_a_request_ends_with_its_client, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_of_the_server_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_process_waits_for_what_runs_only, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
