-- main
SELECT erp.shade_json(t0."shade") FROM "erp"."paints" AS t0 ORDER BY t0."shade" DESC NULLS LAST LIMIT 2
-- shape of 1 columns: {"shade": 0}
-- plan: limit=2 cheap; tables "erp"."paints"
