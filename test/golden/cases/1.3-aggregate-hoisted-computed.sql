-- main
SELECT t0."name", sum(t1."total")::"pg_catalog"."int4" FROM "erp"."customers" AS t0 LEFT JOIN LATERAL "erp"."latest_order"(t0.*) AS t1 ON (true) GROUP BY t0."name"
-- shape of 2 columns: {"name": 0, "sum": 1}
-- plan: opaque; tables "erp"."customers" "erp"."orders"
