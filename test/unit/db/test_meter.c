/* Unit tests of db/meter: libpq itself against a server that is a few bytes of protocol in a socket pair.
 * SPDX-License-Identifier: ISC */
#include "db/meter.h"

#include "test/unit/test.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void counts_and_bounds(void **state)
{
    char buffer[100] = {0};
    struct meter m;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(send(pair[1], buffer, 100, 0), 100);
    assert_int_equal(recv(pair[0], buffer, 10, 0), 10);
    meter_start(&m, 50);
    assert_int_equal(recv(pair[0], buffer, 10, MSG_PEEK), 10);
    assert_int_equal(recv(pair[0], buffer, 20, 0), 20);
    assert_int_equal(recv(pair[0], buffer, 100, 0), 30);
    assert_int_equal(recv(pair[0], buffer, 100, 0), -1);
    assert_int_equal(errno, EAGAIN);
    meter_stop(&m);
    assert_int_equal(m.taken, 50);
    assert_int_equal(recv(pair[0], buffer, 100, 0), 40);
    close(pair[0]);
    close(pair[1]);
}

/* Listens where libpq looks for port 1 of the directory. */
static int listen_in(const char *directory, struct sockaddr_un *sun)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    *sun = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(sun->sun_path, sizeof sun->sun_path, "%s/.s.PGSQL.1", directory);
    assert_int_equal(bind(fd, (struct sockaddr *)sun, sizeof *sun), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* What PostgreSQL says when it is ready, and more than one reading of libpq takes: parameters. */
static size_t write_greeting(char *p)
{
    static const char ok[] = "R\0\0\0\010\0\0\0\0", ready[] = "Z\0\0\0\005I";
    char *start = p;
    memcpy(p, ok, sizeof ok - 1);
    p += sizeof ok - 1;
    for (int i = 0; i < 2000; i++) {
        memcpy(p, "S\0\0\0\012abc\0d\0", 11);
        p += 11;
    }
    memcpy(p, ready, sizeof ready - 1);
    return (size_t)(p + sizeof ready - 1 - start);
}

static void libpq_reads_through_it(void **state)
{
    char directory[] = "/tmp/meter_XXXXXX", conninfo[64], greeting[32768];
    struct sockaddr_un sun;
    struct meter m;
    assert_non_null(mkdtemp(directory));
    int listener = listen_in(directory, &sun);
    snprintf(conninfo, sizeof conninfo, "host=%s port=1 user=u dbname=d", directory);
    PGconn *pg = PQconnectStart(conninfo);
    int peer = accept(listener, NULL, NULL);
    size_t n = write_greeting(greeting), taken = 0;
    assert_int_equal(write(peer, greeting, n), (ssize_t)n);
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;
    for (int i = 0; i < 1000 && step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED; i++) {
        meter_start(&m, 100);
        step = PQconnectPoll(pg);
        meter_stop(&m);
        assert_in_range(m.taken, 0, 100);
        taken += m.taken;
    }
    assert_int_equal(step, PGRES_POLLING_OK);
    assert_int_equal(taken, n);
    PQfinish(pg);
    close(peer);
    close(listener);
    unlink(sun.sun_path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_bounds), cmocka_unit_test(libpq_reads_through_it)};
    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
