-- content type: application/json; charset=utf-8
SELECT "erp"."picture"("id" := $1::"pg_catalog"."int8")
-- $1 = 1
