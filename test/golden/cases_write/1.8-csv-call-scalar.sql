-- content type: text/csv; charset=utf-8
SELECT t0.v FROM "erp"."tag_all"("prefix" := $1::"pg_catalog"."text", VARIADIC "tags" := $2::"pg_catalog"."_text") AS t0(v) LIMIT 1000
-- $1 = a
-- $2 = {"b"}
