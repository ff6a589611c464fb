-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (EXISTS (SELECT 1 FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id")))
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders" "erp"."order_lines"
