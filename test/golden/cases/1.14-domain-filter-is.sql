-- main
SELECT t0."id" FROM "erp"."paints" AS t0 WHERE (t0."shade" IS NULL)
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."paints"
