-- main
SELECT t0."id", t0."order_id", t0."carrier", t0."carrier" FROM "erp"."shipments" AS t0
-- shape of 4 columns: {"id": 0, "order_id": 1, "carrier": 2, "carrier": 3}
-- plan:; tables "erp"."shipments"
