-- main
SELECT t0."id", t0."city", t0."customer_id" FROM "erp"."addresses" AS t0 WHERE (t0."customer_id" = $1) AND (t0."city" = $2) ORDER BY t0."city" DESC, t0."customer_id", t0."id" LIMIT 5
-- $1 = 1
-- $2 = x
-- shape of 3 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."addresses"
