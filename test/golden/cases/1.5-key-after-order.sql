-- main
SELECT t0."order_no", t0."placed_on", t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."placed_on" DESC, t0."id" DESC LIMIT 5
-- shape of 3 columns: {"order_no": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
