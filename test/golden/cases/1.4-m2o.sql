-- main
SELECT t0."qty", t1."name", t1."sku", t1."id" FROM "erp"."order_lines" AS t0 LEFT JOIN "erp"."products" AS t1 ON ((t1."id" = t0."product_id"))
-- shape of 4 columns: {"qty": 0, "products": 3? {"name": 1, "sku": 2}}
-- plan:; tables "erp"."order_lines" "erp"."products"
