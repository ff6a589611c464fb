/* clock: calendar arithmetic counts days from 1 March of year 0, so that the leap day is the last of its
 * year. SPDX-License-Identifier: ISC */
#include "util/clock.h"

#include "util/check.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define DAYS_TO_1970 719468 /* from 0000-03-01 */
#define DAYS_IN_400_YEARS 146097

static atomic_bool faked;
static _Atomic uint64_t fake_mono_ns;
static _Atomic int64_t fake_wall_us;

uint64_t clock_mono_ns(void)
{
    if (UNLIKELY(atomic_load_explicit(&faked, memory_order_relaxed)))
        return atomic_load(&fake_mono_ns);
    struct timespec t;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_thread_us(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int64_t clock_wall_us(void)
{
    if (UNLIKELY(atomic_load_explicit(&faked, memory_order_relaxed)))
        return atomic_load(&fake_wall_us);
    struct timespec t;
    CHECK(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_fake(uint64_t mono_ns, int64_t wall_us)
{
    atomic_store(&fake_mono_ns, mono_ns);
    atomic_store(&fake_wall_us, wall_us);
    atomic_store(&faked, true);
}

void clock_fake_advance(uint64_t ns)
{
    CHECK(atomic_load(&faked));
    atomic_fetch_add(&fake_mono_ns, ns);
    atomic_fetch_add(&fake_wall_us, (int64_t)(ns / 1000));
}

void clock_fake_end(void)
{
    atomic_store(&faked, false);
}

struct date {
    int year, month, day; /* month 1 to 12 */
    int weekday;          /* 0: Sunday */
    int second;           /* of the day */
};

static struct date date_of(int64_t unix_s)
{
    int64_t day = unix_s / DAY_S, second = unix_s % DAY_S;
    if (second < 0) {
        day--;
        second += DAY_S;
    }
    int64_t n = day + DAYS_TO_1970;
    CHECK(n >= 0 && n < (int64_t)DAYS_IN_400_YEARS * 25);
    int64_t era = n / DAYS_IN_400_YEARS, in_era = n % DAYS_IN_400_YEARS;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_IN_400_YEARS - 1)) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153; /* 0: March */
    return (struct date){
        .year = (int)(era * 400 + year + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(in_year - (153 * month + 2) / 5 + 1),
        .weekday = (int)((n + 3) % 7), /* 0000-03-01 was a Wednesday */
        .second = (int)second,
    };
}

static int64_t days_from_1970(int year, int month, int day)
{
    int64_t y = year - (month <= 2), m = month > 2 ? month - 3 : month + 9;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - DAYS_TO_1970;
}

static char *digits(char *p, int v, int width)
{
    for (int i = width - 1; i >= 0; i--, v /= 10)
        p[i] = (char)('0' + v % 10);
    return p + width;
}

static char *text(char *p, const char *s, size_t n)
{
    memcpy(p, s, n);
    return p + n;
}

static char *time_of_day(char *p, int second)
{
    p = digits(p, second / 3600, 2);
    *p++ = ':';
    p = digits(p, second / 60 % 60, 2);
    *p++ = ':';
    return digits(p, second % 60, 2);
}

static const char weekdays[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

char *clock_http_date_write(char *p, int64_t unix_s)
{
    struct date d = date_of(unix_s);
    p = text(p, weekdays + 3 * d.weekday, 3);
    p = text(p, ", ", 2);
    p = digits(p, d.day, 2);
    *p++ = ' ';
    p = text(p, months + 3 * (d.month - 1), 3);
    *p++ = ' ';
    p = digits(p, d.year, 4);
    *p++ = ' ';
    p = time_of_day(p, d.second);
    return text(p, " GMT", 4);
}

/* The number of `width` digits at p; -1 when they are none. */
static int number(const char *p, int width)
{
    int v = 0;
    for (int i = 0; i < width; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + p[i] - '0';
    }
    return v;
}

/* Reads the numbers where they must stand and writes the date again: equal text means that the rest was right
 * too. */
bool clock_http_date_read(const char *p, size_t n, int64_t *unix_s)
{
    if (n != CLOCK_HTTP_DATE)
        return false;
    int month = 0;
    for (int m = 0; m < 12; m++) {
        if (memcmp(p + 8, months + 3 * m, 3) == 0)
            month = m + 1;
    }
    int day = number(p + 5, 2), year = number(p + 12, 4), hour = number(p + 17, 2),
        minute = number(p + 20, 2), second = number(p + 23, 2);
    if (month == 0 || day < 1 || year < 1 || hour < 0 || minute < 0 || second < 0)
        return false;
    int64_t t = days_from_1970(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second;
    char again[CLOCK_HTTP_DATE];
    if (t > INT64_C(253402300799)) /* the last second of 9999 */
        return false;
    clock_http_date_write(again, t);
    if (memcmp(again, p, CLOCK_HTTP_DATE) != 0)
        return false;
    *unix_s = t;
    return true;
}

char *clock_rfc3339_write(char *p, int64_t unix_us)
{
    int64_t s = unix_us / 1000000, us = unix_us % 1000000;
    if (us < 0) {
        s--;
        us += 1000000;
    }
    struct date d = date_of(s);
    p = digits(p, d.year, 4);
    *p++ = '-';
    p = digits(p, d.month, 2);
    *p++ = '-';
    p = digits(p, d.day, 2);
    *p++ = 'T';
    p = time_of_day(p, d.second);
    *p++ = '.';
    p = digits(p, (int)us, 6);
    *p++ = 'Z';
    return p;
}
