-- main
SELECT t0."id", t1."id", t1."order_no", t1."customer_id", t1."ship_to", t1."bill_to", t1."status", t1."total", t1."placed_on", t1."note", t1."data", t1."search" FROM "erp"."shipments" AS t0 LEFT JOIN "erp"."orders" AS t1 ON ((t1."id" = t0."order_id"))
-- shape of 12 columns: {"id": 0, "id": 1, "order_no": 2, "customer_id": 3, "ship_to": 4, "bill_to": 5, "status": 6, "total": 7, "placed_on": 8, "note": 9, "data": 10, "search": 11}
-- plan:; tables "erp"."shipments" "erp"."orders"
