-- main
SELECT t0."id", t0."placed_on" FROM "erp"."orders" AS t0 WHERE (ROW(t0."placed_on", t0."id") < ROW($1, $2)) ORDER BY t0."placed_on" DESC, t0."id" DESC LIMIT 2
-- $1 = 2025-03-02
-- $2 = 2
-- shape of 2 columns: {"id": 0}
-- plan: limit=2 cheap; tables "erp"."orders"
