-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."city" AS "city" FROM "erp"."addresses" AS t1 WHERE (t1."customer_id" = t0."id") LIMIT 3) AS r) FROM "erp"."customers" AS t0 ORDER BY t0."id" LIMIT 2
-- shape of 2 columns: {"id": 0, "addresses": 1}
-- plan: limit=2 cheap; tables "erp"."customers" "erp"."addresses"
