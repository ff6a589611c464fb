/* metrics: the Prometheus exposition of the process. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_METRICS_H
#define HANDLERS_METRICS_H

#include "server/request.h"

void metrics_report(struct request *req);

#endif
