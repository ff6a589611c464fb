-- main
SELECT t0."id" FROM "erp"."paints" AS t0 WHERE ((t0."shade" = erp.shade_of($1::pg_catalog.text)) OR (t0."id" = $2)) ORDER BY t0."id"
-- $1 = #0000ff
-- $2 = 3
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."paints"
