-- main
SELECT t0."id", erp.shade_json(t0."shade"), t0."base_id" FROM "erp"."paints" AS t0 ORDER BY t0."id"
-- shape of 3 columns: {"id": 0, "shade": 1, "base_id": 2}
-- plan:; tables "erp"."paints"
