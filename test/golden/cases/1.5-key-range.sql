-- main
SELECT t0."id", t0."placed_on" FROM "erp"."orders" AS t0 WHERE (t0."placed_on" > $1) AND (t0."placed_on" < $2) ORDER BY t0."placed_on" DESC, t0."id" DESC LIMIT 5
-- $1 = 2020-01-01
-- $2 = 2030-01-01
-- shape of 2 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
