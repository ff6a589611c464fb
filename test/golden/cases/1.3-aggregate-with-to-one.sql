-- main
SELECT pg_catalog.count(*), d1."c0" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")), LATERAL (SELECT (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t1."name" AS "name") AS r WHERE (t1."id") IS NOT NULL)::pg_catalog.jsonb AS "c0") AS d1 GROUP BY d1."c0"
-- shape of 2 columns: {"count": 0, "customers": 1}
-- plan:; tables "erp"."orders" "erp"."customers"
