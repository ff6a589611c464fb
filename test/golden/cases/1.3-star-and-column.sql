-- main
SELECT t0."id", t0."order_id", t0."carrier" FROM "erp"."shipments" AS t0
-- shape of 3 columns: {"id": 0, "order_id": 1, "carrier": 2, "carrier": 2}
-- plan:; tables "erp"."shipments"
