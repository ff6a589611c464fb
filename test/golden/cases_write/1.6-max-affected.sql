WITH pgrst_source AS (DELETE FROM "erp"."orders" AS t0 WHERE (t0."status" = $1) RETURNING 1) SELECT count(*) FROM pgrst_source HAVING CASE WHEN count(*) <= $2::int8 THEN true ELSE ('bobbin-rows-' || count(*))::bool END
-- $1 = done
-- $2 = 5
