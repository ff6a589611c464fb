-- main
SELECT erp.shade_json(t0."shade"), t0."shade", t0."id" FROM "erp"."paints" AS t0 ORDER BY t0."shade" DESC NULLS LAST, t0."id" DESC LIMIT 2
-- shape of 3 columns: {"shade": 0}
-- plan: limit=2 cheap; tables "erp"."paints"
