"""The audit trail says who changed what through which request.

SPDX-License-Identifier: ISC
"""

import re

import utils

LAST = "select request_id, user_id, action from erp.audit_log where table_name = 'suppliers' order by id desc limit 1"


def test_a_change_leads_to_the_line_of_the_log(pg, make_bobbin):
    pg.copy_of_erp("audited")
    bobbin = make_bobbin(database="audited", log_level="info")
    token = utils.make_token("erp_manager", user_id=2)
    assert bobbin.patch("/suppliers?id=eq.1", json={"phone": "+90 1"}, token=token, headers={"X-Request-Id": "mine-1"}).status_code == 204
    assert pg.sql(LAST, database="audited") == [("mine-1", 2, "U")]

    assert bobbin.patch("/suppliers?id=eq.1", json={"phone": "+90 2"}, token=token).status_code == 204
    (own, user, action), = pg.sql(LAST, database="audited")
    seconds, number = re.fullmatch(r"(\d{10})-(\d+)", own).groups()
    assert (user, action) == (2, "U")
    utils.wait_until(lambda: re.search(rf"request_id\W+{number}\b.*PATCH.*suppliers", bobbin.log_text()), what="the request's line in the log")
