-- main
SELECT max(t0."shade") FROM "erp"."paints" AS t0
-- shape of 1 columns: {"max": 0}
-- plan:; tables "erp"."paints"
