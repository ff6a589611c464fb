-- main
SELECT (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."qty" AS "qty" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = p."k0")) AS r) FROM (SELECT t0."id" AS "k0" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 20 OFFSET $1) AS p
-- $1 = 1
-- shape of 1 columns: {"order_lines": 0}
-- plan: limit=20 offset=1 cheap; tables "erp"."orders" "erp"."order_lines"
