-- content type: application/vnd.pgrst.plan+json; for="application/json"; options=analyze|verbose|settings|buffers|wal; charset=utf-8
-- main
EXPLAIN (FORMAT JSON, ANALYZE, VERBOSE, SETTINGS, BUFFERS, WAL) SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 5
-- shape of 1 columns: {"id": 0}
-- plan: limit=5; tables "erp"."orders"
