"""Twenty seconds of the chaos test (test/chaos/chaos.py); `./dev test chaos` runs it for longer. SPDX-License-Identifier: ISC"""

import random
import sys

import utils

sys.path.append(str(utils.TOP / "test" / "chaos"))
import chaos  # noqa: E402
import storms  # noqa: E402


def test_twenty_seconds_of_chaos(capfd, monkeypatch):
    # No text: a statement that was prepared for a number still fails long after such a change, now and then.
    monkeypatch.setattr(storms, "TYPES", ["int", "bigint", "numeric"])
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path)
    pg.initdb()
    try:
        pg.start()
        pg.prepare_roles()
        failed = chaos.chaos(scratch.path, pg, seconds=10, seed=str(random.randrange(10 ** 6)))
    finally:
        pg.stop("immediate")
        scratch.remove()
    assert failed == 0, capfd.readouterr().out
