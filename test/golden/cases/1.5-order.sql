-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."total" DESC NULLS LAST, t0."placed_on", t0."id" NULLS FIRST, t0."note" NULLS LAST
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders"
