WITH pgrst_source AS (DELETE FROM "erp"."orders" AS t0 WHERE (t0."status" = $1) RETURNING 1) SELECT pg_catalog.count(*) FROM pgrst_source HAVING CASE WHEN pg_catalog.count(*) <= $2::pg_catalog.int8 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END
-- $1 = done
-- $2 = 5
