-- main
SELECT erp.shade_json(t0."shade"), t0."id" FROM "erp"."paints" AS t0 ORDER BY t0."id"
-- shape of 2 columns: {"colour": 0, "id": 1}
-- plan:; tables "erp"."paints"
