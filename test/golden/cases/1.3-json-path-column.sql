-- main
SELECT (t0."data"->'k'), (t0."data"->>'n') FROM "erp"."orders" AS t0
-- shape of 2 columns: {"k": 0, "n": 1}
-- plan:; tables "erp"."orders"
