INSERT INTO "erp"."paints" AS t0 ("id", "shade") SELECT b."id", erp.shade_of(b."shade") FROM pg_catalog.json_to_recordset($1) AS b("id" "pg_catalog"."int4", "shade" json) RETURNING t0."id", erp.shade_json(t0."shade"), t0."base_id"
-- $1 = [{"id": 9, "shade": "#010203"}]
-- shape of 3 columns: "id":0 "shade":1 "base_id":2
