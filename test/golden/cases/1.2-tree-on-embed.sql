-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."line_no" AS "line_no" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id") AND ((t1."qty" > $1) OR (t1."price" < $2)) AND (NOT ((t1."qty" = $3) AND (t1."qty" = $4)))) AS r) FROM "erp"."orders" AS t0
-- $1 = 1
-- $2 = 5
-- $3 = 1
-- $4 = 2
-- shape of 2 columns: {"id": 0, "order_lines": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines"
