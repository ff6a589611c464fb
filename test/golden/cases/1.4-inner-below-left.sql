-- main
SELECT t0."qty", t1."id", t2."carrier", t2."order_id" FROM "erp"."order_lines" AS t0 LEFT JOIN ("erp"."orders" AS t1 INNER JOIN "erp"."shipments" AS t2 ON ((t2."order_id" = t1."id") AND (t2."carrier" = $1))) ON ((t1."id" = t0."order_id"))
-- $1 = post
-- shape of 4 columns: {"qty": 0, "orders": 1? {"id": 1, "shipments": 3? {"carrier": 2}}}
-- plan:; tables "erp"."order_lines" "erp"."orders" "erp"."shipments"
