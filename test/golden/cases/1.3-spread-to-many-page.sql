-- main
SELECT p."c0", d1."c0" FROM (SELECT t0."id" AS "c0", t0."id" AS "k0" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 2 OFFSET $1) AS p, LATERAL (SELECT coalesce(pg_catalog.json_agg(r."c0"), '[]') AS "c0" FROM (SELECT t1."qty" AS "c0" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = p."k0")) AS r) AS d1
-- $1 = 1
-- shape of 2 columns: {"id": 0, "qty": 1}
-- plan: limit=2 offset=1 cheap; tables "erp"."orders" "erp"."order_lines"
