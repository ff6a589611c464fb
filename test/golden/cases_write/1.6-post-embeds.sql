WITH pgrst_source AS (INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id", t0."customer_id") SELECT t0."id", t1."name", t1."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."qty" AS "qty" FROM "erp"."order_lines" AS t2 WHERE (t2."order_id" = t0."id")) AS r) FROM pgrst_source AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id"))
-- $1 = {"id": 1}
-- shape of 4 columns: "id":0 "customers":2? { "name":1 } "order_lines":3
