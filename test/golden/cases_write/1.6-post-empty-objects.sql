INSERT INTO "erp"."orders" AS t0 SELECT FROM pg_catalog.json_array_elements($1)
-- $1 = [{}, {}]
