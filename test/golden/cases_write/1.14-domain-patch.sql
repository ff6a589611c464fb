UPDATE "erp"."paints" AS t0 SET "shade" = erp.shade_of(b."shade") FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("shade" json) LIMIT 1) AS b WHERE (t0."shade" = erp.shade_of($2::pg_catalog.text))
-- $1 = {"shade": "#010203"}
-- $2 = #0000ff
