/* etag: strong entity tags of single rows (RFC 9110 sections 8.8.3, 13). A tag is a fingerprint of the row's
 * own bytes in the answer, without the brackets around it, so it changes with anything that is shown,
 * embedded rows included, and is the same on every server of one jwt-secret, from which its key is derived:
 * who may write a row could else look for another one with the same tag, and a change that If-Match guards
 * against would go unseen. A suffix tells the media type, since `{..}` and
 * `[{..}]` are two representations.
 *
 * If-Match on a write is judged in the transaction of the write: the row is locked, read again as the write's
 * own select= says (`*` without one), and its tag compared. What a client guards is thus what it asks for:
 * the row with its lines by select=*,lines(*). Tags of either media type match. SPDX-License-Identifier: ISC
 */
#ifndef HANDLERS_ETAG_H
#define HANDLERS_ETAG_H

#include "query/accept.h"
#include "server/request.h"
#include "util/fingerprint.h"

#define ETAG_ROOM 40u

/* The tag of a row with its quotes, at p, which has ETAG_ROOM bytes. *key is struct settings' own. */
struct str etag_write(char *p, const struct fingerprint_key *key, struct str row, enum media media);
/* Whether a field value, `*` or a list of tags, names this one. Weak comparison takes W/"x" for "x", strong
 * comparison takes it for nothing. any_media: also the tag of the same row in another media type. What is no
 * list of tags names nothing. */
bool etag_listed(struct str list, struct str tag, bool strong, bool any_media);
/* The same over all lines of that name; *there: there is such a line. */
bool etag_in_headers(
    const struct request *req, struct str name, struct str tag, bool strong, bool any_media, bool *there);

#endif
