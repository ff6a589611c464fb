-- content type: application/yaml
SELECT "erp"."as_yaml"(r.v), pg_catalog.count(*) FROM (SELECT t0.v AS v FROM "erp"."tag_all"("prefix" := $1::"pg_catalog"."text", VARIADIC "tags" := $2::"pg_catalog"."_text") AS t0(v) LIMIT 2) AS r
-- $1 = a
-- $2 = {"b"}
