-- content type: application/vnd.pgrst.plan+json; for="application/json"; options=analyze; charset=utf-8
EXPLAIN (FORMAT JSON, ANALYZE) INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8")
-- $1 = {"id": 9}
