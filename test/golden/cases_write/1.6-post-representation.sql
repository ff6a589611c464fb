INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id", t0."order_no"
-- $1 = {"id": 1}
-- shape of 2 columns: "id":0 "no":1
