-- main
SELECT t0."id", t0."city" FROM "erp"."addresses" AS t0 WHERE (t0."customer_id" = $1) ORDER BY t0."city" DESC, t0."id" DESC LIMIT 5
-- $1 = 1
-- shape of 2 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."addresses"
