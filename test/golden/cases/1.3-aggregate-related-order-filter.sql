-- main
SELECT p."c0", (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT pg_catalog.count(*) AS "count" FROM "erp"."customers" AS t1 WHERE (t1."id" = p."k0") AND (t1."name" = $1)) AS r) FROM (SELECT t0."id" AS "c0", t0."customer_id" AS "k0" FROM "erp"."orders" AS t0 ORDER BY (SELECT t1."name" FROM "erp"."customers" AS t1 WHERE (t1."id" = t0."customer_id") AND (t1."name" = $2) LIMIT 1) NULLS FIRST, t0."id" DESC LIMIT 2 OFFSET $3) AS p
-- $1 = Ada
-- $2 = Ada
-- $3 = 1
-- shape of 2 columns: {"id": 0, "customers": 1}
-- plan: limit=2 offset=1; tables "erp"."orders" "erp"."customers"
