INSERT INTO "erp"."orders" AS t0 ("id", "status") SELECT b."id", b."status" FROM pg_catalog.json_to_recordset($1) AS b("id" "pg_catalog"."int8", "status" "erp"."order_status")
-- $1 = [{"id": 1, "status": "open"}, {"status": null, "id": 2}]
