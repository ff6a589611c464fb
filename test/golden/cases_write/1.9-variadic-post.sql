SELECT t0.v FROM pg_catalog.json_to_record($1) AS b("prefix" "pg_catalog"."text", "tags" "pg_catalog"."_text"), LATERAL "erp"."tag_all"("prefix" := b."prefix", VARIADIC "tags" := b."tags") AS t0(v) LIMIT 1000
-- $1 = {"prefix": "x", "tags": ["a"]}
