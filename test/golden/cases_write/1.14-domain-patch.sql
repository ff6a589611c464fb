UPDATE "erp"."paints" AS t0 SET "shade" = erp.shade_of(b."shade") FROM (SELECT b.* FROM json_to_record($1) AS b("shade" json) LIMIT 1) AS b WHERE (t0."shade" = erp.shade_of($2::text))
-- $1 = {"shade": "#010203"}
-- $2 = #0000ff
