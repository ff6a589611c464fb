-- main
SELECT t0."data"::jsonb, (t0."data"->'k')::jsonb, count(*) FROM "erp"."orders" AS t0 GROUP BY t0."data"::jsonb, (t0."data"->'k')::jsonb
-- shape of 3 columns: {"data": 0, "k": 1, "count": 2}
-- plan:; tables "erp"."orders"
