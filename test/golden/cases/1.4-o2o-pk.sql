-- main
SELECT t0."name", t1."weight", t1."product_id" FROM "erp"."products" AS t0 LEFT JOIN "erp"."product_details" AS t1 ON ((t1."product_id" = t0."id"))
-- shape of 3 columns: {"name": 0, "product_details": 2? {"weight": 1}}
-- plan:; tables "erp"."products" "erp"."product_details"
