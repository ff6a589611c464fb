/* metrics: all sets summed into one page. SPDX-License-Identifier: ISC */
#include "handlers/metrics.h"

#include "server/response.h"
#include "util/metrics.h"

void metrics_report(struct request *req)
{
    struct buf body;
    buf_init(&body, 0);
    metrics_write(&body);
    response_header(req, STR("Content-Type"), STR("text/plain; version=0.0.4; charset=utf-8"));
    response_send(req, 200, &body);
}
