/* conn_fixture: an application that does what a path says, and what it was told, for the tests of
 * server/conn: /wait and /orphan (without on_abort) wait for the test, /stream is played by piece(), /echo,
 * /headers, /204, /304, /big/N and others respond at once; /refuse does from the head, /small takes 4 bytes
 * of body. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_SERVER_CONN_FIXTURE_H
#define TEST_UNIT_SERVER_CONN_FIXTURE_H

#include "server/conn.h"
#include "server/response.h"
#include "server/worker_impl.h"
#include "test/unit/server/loopback.h"
#include "test/unit/test.h"
#include "util/budget.h"

#define MAX_PENDING 64

struct seen {
    struct request *pending[MAX_PENDING]; /* of /wait, in order of arrival; NULL when aborted */
    unsigned npending, aborted, finished, stopped, proceeded, refused;
    struct request *judged; /* of /later, whose head waits */
    struct request *streaming;
    bool early;
};

extern struct seen seen;
extern struct loopback lb;
extern struct generator generator;

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path, n, body) "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: " n "\r\n\r\n" body
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, conn_set_up, conn_tear_down)

void send_text(struct request *req, int status, const char *text);
/* n bytes of x, until the next call. */
const char *big_text(size_t n);
/* As loopback_exchange() on a connection that has had a small response, so that requests may run side by
 * side. */
void exchange_known(const char *requests);
/* What came back, with a NUL. */
const char *got(void);
void assert_has(const char *text);
void assert_lacks(const char *text);
/* The next piece of the stream that the test plays. */
void piece(const char *text, bool end);
int conn_set_up(void **state);
/* With more lines of configuration. */
int conn_set_up_with(const char *more);
int conn_tear_down(void **state);

#endif
