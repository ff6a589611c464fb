-- main
SELECT t0."id", t1."carrier", t1."order_id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."shipments" AS t1 ON ((t1."order_id" = t0."id")) WHERE ((NOT (EXISTS (SELECT 1 FROM "erp"."shipments" AS t1 WHERE (t1."order_id" = t0."id")))) OR (EXISTS (SELECT 1 FROM "erp"."customers" AS t2 WHERE (t2."id" = t0."customer_id") AND (t2."name" = $1))))
-- $1 = Ada
-- shape of 3 columns: {"id": 0, "shipments": 2? {"carrier": 1}}
-- plan:; tables "erp"."orders" "erp"."shipments" "erp"."customers"
