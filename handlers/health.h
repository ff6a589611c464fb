/* health: what orchestrators and people ask about the process itself. Liveness looks only at the loops,
 * readiness at catalog, database and drain; both answer from what is known already, so they cost no query
 * however often they are asked. Statuses are the contract; bodies explain. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_HEALTH_H
#define HANDLERS_HEALTH_H

#include "server/request.h"

/* 200 while every loop advances, 503 when one has been stuck: the process must be restarted. */
void health_live(struct request *req);
/* 200: send me traffic. 503 with Retry-After: not now, and why. */
void health_ready(struct request *req);
/* The report for people and monitors: application/health+json (draft-inadarei-api-health-check-06). */
void health_report(struct request *req);
/* The catalog (admin listener only). */
void health_schema(struct request *req);

#endif
