SELECT t0."id", t0."order_no", t0."customer_id", t0."ship_to", t0."bill_to", t0."status", t0."total", t0."placed_on", t0."note", t0."data", t0."search" FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."orders_of"("customer" := b."customer") AS t0 LIMIT 1000
-- $1 = {"customer": 1, "since": "2025-01-01", "x": 2}
-- shape of 11 columns: "id":0 "order_no":1 "customer_id":2 "ship_to":3 "bill_to":4 "status":5 "total":6 "placed_on":7 "note":8 "data":9 "search":10
