-- content type: text/csv; charset=utf-8
INSERT INTO "erp"."customers" AS t0 ("id", "tags") SELECT b."id", b."tags" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8", "tags" "pg_catalog"."_text") RETURNING t0."id", t0."tags"
-- $1 = {"id": 9, "tags": ["a"]}
-- shape of 2 columns: "id":0 "tags":1
