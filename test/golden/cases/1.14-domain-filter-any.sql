-- main
SELECT t0."id" FROM "erp"."paints" AS t0 WHERE (t0."shade" = ANY (ARRAY(SELECT erp.shade_of(x) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS x))) ORDER BY t0."id"
-- $1 = {#0000ff,#00ff00}
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."paints"
