-- main
SELECT pg_catalog.count(*), t1."name" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) GROUP BY t1."name" ORDER BY t1."name" DESC
-- shape of 2 columns: {"count": 0, "name": 1}
-- plan:; tables "erp"."orders" "erp"."customers"
