-- main
SELECT t0."data"::pg_catalog.jsonb, (t0."data"->'k')::pg_catalog.jsonb, pg_catalog.count(*) FROM "erp"."orders" AS t0 GROUP BY t0."data"::pg_catalog.jsonb, (t0."data"->'k')::pg_catalog.jsonb
-- shape of 3 columns: {"data": 0, "k": 1, "count": 2}
-- plan:; tables "erp"."orders"
