-- main
SELECT p."c0", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."qty" AS "qty", t1."qty" AS "qty" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = p."k0")) AS r), p."c2", p."c3" FROM (SELECT t0."id" AS "c0", t2."name" AS "c2", t2."id" AS "c3", t0."id" AS "k0" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t2 ON ((t2."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 2 OFFSET $1) AS p
-- $1 = 1
-- shape of 4 columns: {"id": 0, "x": 0, "order_lines": 1, "customers": 3? {"name": 2, "y": 2}}
-- plan: limit=2 offset=1 cheap; tables "erp"."orders" "erp"."order_lines" "erp"."customers"
