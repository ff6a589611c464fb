-- main
SELECT p."c0", p."c1", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."line" AS "line" FROM "erp"."addresses" AS t2 WHERE (t2."customer_id" = p."k0")) AS r), p."c3", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t3."qty" AS "qty" FROM "erp"."order_lines" AS t3 WHERE (t3."order_id" = p."k1")) AS r) FROM (SELECT t0."id" AS "c0", t1."name" AS "c1", t1."id" AS "c3", t0."id" AS "k1", t1."id" AS "k0" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 20 OFFSET $1) AS p
-- $1 = 40
-- shape of 5 columns: {"id": 0, "customers": 3? {"name": 1, "addresses": 2}, "order_lines": 4}
-- plan: limit=20 offset=40 cheap; tables "erp"."orders" "erp"."customers" "erp"."addresses" "erp"."order_lines"
