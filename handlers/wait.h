/* wait: what an exchange waits for, one thing at a time: a job of the database, work in the thread pool, a
 * signature, a document. Whoever makes an exchange wait embeds a struct wait and calls exchange_wait(); the
 * step then returns STEP_WAIT.
 *
 * It ends in one of two ways, both on the thread of the exchange. What was waited for comes: its owner calls
 * exchange_waited(), then goes on with the exchange (exchange_resume(), or a response). Or nobody waits any
 * more, since the client has left, the server stops or the request ends: cancel() is called, once, and
 * returns at once; from then on the exchange is not touched, and what was begun is stopped, or ends by itself
 * without being told of. What needs the request's memory until then pins it (server/request.h), so that
 * cancel() comes afterwards. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_WAIT_H
#define HANDLERS_WAIT_H

#include "util/base.h"

enum wait_kind { WAIT_DATABASE, WAIT_THREAD, WAIT_SIGNATURE, WAIT_DOCUMENT };

struct wait {
    enum wait_kind kind;
    bool kept; /* it goes on when the client has left: what it changes must be known to have been changed */
    void (*cancel)(struct wait *w);
};

#endif
