-- main
SELECT t0."id" FROM "erp"."addresses" AS t0 WHERE (t0."city" = $1) AND (t0."customer_id" = $2) ORDER BY t0."id" LIMIT 5
-- $1 = x
-- $2 = 1
-- shape of 1 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."addresses"
