-- main
SELECT t0."id", t0."order_no", t0."customer_id", t0."ship_to", t0."bill_to", t0."status", t0."total", t0."placed_on", t0."note", t0."data", t0."search" FROM "erp"."orders" AS t0 WHERE (t0."search" @@ pg_catalog.to_tsquery($1)) AND (t0."search" @@ pg_catalog.plainto_tsquery('english', $2))
-- $1 = fat&cat
-- $2 = cats
-- shape of 11 columns: {"id": 0, "order_no": 1, "customer_id": 2, "ship_to": 3, "bill_to": 4, "status": 5, "total": 6, "placed_on": 7, "note": 8, "data": 9, "search": 10}
-- plan:; tables "erp"."orders"
