-- main
SELECT t1."name", sum(t2."weight"), sum(t0."qty") FROM "erp"."order_lines" AS t0 LEFT JOIN ("erp"."products" AS t1 LEFT JOIN "erp"."product_details" AS t2 ON ((t2."product_id" = t1."id"))) ON ((t1."id" = t0."product_id")) GROUP BY t1."name"
-- shape of 3 columns: {"name": 0, "sum": 1, "sum": 2}
-- plan:; tables "erp"."order_lines" "erp"."products" "erp"."product_details"
