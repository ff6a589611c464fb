-- main
SELECT t0."id", t0."order_no", t0."customer_id", t0."ship_to", t0."bill_to", t0."status", t0."total", t0."placed_on", t0."note", t0."data", t0."search", t1."id", t1."name", t1."email", pg_catalog.to_json(t1."address"), t1."country", pg_catalog.to_json(t1."tags"), t1."meta", t1."created_at", t1."active", pg_catalog.to_json(t1."labels") FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 25
-- shape of 21 columns: {"id": 0, "order_no": 1, "customer_id": 2, "ship_to": 3, "bill_to": 4, "status": 5, "total": 6, "placed_on": 7, "note": 8, "data": 9, "search": 10, "customers": 11? {"id": 11, "name": 12, "email": 13, "address": 14, "country": 15, "tags": 16, "meta": 17, "created_at": 18, "active": 19, "labels": 20}}
-- plan: limit=25 cheap; tables "erp"."orders" "erp"."customers"
-- count
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0
