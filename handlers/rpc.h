/* rpc: GET, HEAD and POST on /rpc/<function>: arguments, plan, one job, answer. GET and HEAD, and functions
 * that are declared STABLE or IMMUTABLE, run in a transaction that cannot write. SPDX-License-Identifier: ISC
 */
#ifndef HANDLERS_RPC_H
#define HANDLERS_RPC_H

#include "handlers/exchange.h"

/* What OPTIONS answers; false: there is no such function. */
bool rpc_allow(const struct catalog *cat, struct str schema, struct str name, struct str *allow);

#endif
