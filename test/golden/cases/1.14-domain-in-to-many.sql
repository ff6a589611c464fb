-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT erp.shade_json(t1."shade") AS "shade" FROM "erp"."paints" AS t1 WHERE (t1."base_id" = t0."id")) AS r) FROM "erp"."paints" AS t0 WHERE (t0."id" = $1)
-- $1 = 1
-- shape of 2 columns: {"id": 0, "mixes": 1}
-- plan: by-key cheap; tables "erp"."paints"
