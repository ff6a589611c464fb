INSERT INTO "erp"."order_lines" AS t0 ("order_id") SELECT b."order_id" FROM pg_catalog.json_to_record($1) AS b("order_id" "pg_catalog"."int8") RETURNING t0."order_id", t0."line_no", t0."product_id", t0."qty", t0."price"
-- $1 = {"order_id": 1}
-- shape of 5 columns: "order_id":0 "line_no":1 "product_id":2 "qty":3 "price":4
