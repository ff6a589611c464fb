-- main
SELECT t0."id", erp.shade_json(t1."shade"), t1."id" FROM "erp"."paints" AS t0 LEFT JOIN "erp"."paints" AS t1 ON ((t1."id" = t0."base_id")) ORDER BY t0."id"
-- shape of 3 columns: {"id": 0, "base_id": 2? {"shade": 1}}
-- plan:; tables "erp"."paints"
