-- main
SELECT t0."id", t0."data", t1."name", pg_catalog.to_json(t1."tags"), t1."id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 5
-- shape of 5 columns: {"id": 0, "x": 0, "data": 1, "id": 0, "customers": 4? {"name": 2, "tags": 3, "y": 2, "id": 4, "tags": 3}, "data": 1}
-- plan: limit=5 cheap; tables "erp"."orders" "erp"."customers"
