INSERT INTO "erp"."orders" AS t0 SELECT FROM json_array_elements($1)
-- $1 = [{}, {}]
