-- content type: application/vnd.pgrst.plan+text; for="application/vnd.pgrst.object+json;nulls=stripped"; options=verbose; charset=utf-8
-- main
EXPLAIN (FORMAT TEXT, VERBOSE) SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."id" = $1)
-- $1 = 1
-- shape of 1 columns without nulls: {"id": 0}
-- plan: by-key; tables "erp"."orders"
