-- main
SELECT t0."carrier", t1."order_no", t2."carrier", t2."order_id", t1."id" FROM "erp"."shipments" AS t0 LEFT JOIN ("erp"."orders" AS t1 LEFT JOIN "erp"."shipments" AS t2 ON ((t2."order_id" = t1."id"))) ON ((t1."id" = t0."order_id"))
-- shape of 5 columns: {"carrier": 0, "orders": 4? {"order_no": 1, "shipments": 3? {"carrier": 2}}}
-- plan:; tables "erp"."shipments" "erp"."orders"
