-- content type: application/vnd.pgrst.plan+text; for="application/json"; charset=utf-8
-- main
EXPLAIN (FORMAT TEXT) SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."id" = $1)
-- $1 = 1
-- shape of 1 columns: {"id": 0}
-- plan: by-key; tables "erp"."orders"
