-- content type: text/csv; charset=utf-8
-- main
SELECT t0."id", t0."name", t0."address", t0."tags", t0."meta", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."id" AS "id" FROM "erp"."orders" AS t1 WHERE (t1."customer_id" = t0."id")) AS r) FROM "erp"."customers" AS t0 ORDER BY t0."id"
-- shape of 6 columns: {"id": 0, "name": 1, "address": 2, "tags": 3, "meta": 4, "orders": 5}
-- plan:; tables "erp"."customers" "erp"."orders"
