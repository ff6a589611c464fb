-- content type: application/vnd.pgrst.plan+json; for="text/csv"; charset=utf-8
-- main
EXPLAIN (FORMAT JSON) SELECT t0."tags" FROM "erp"."customers" AS t0 WHERE (t0."id" = $1)
-- $1 = 1
-- shape of 1 columns: {"tags": 0}
-- plan: by-key; tables "erp"."customers"
