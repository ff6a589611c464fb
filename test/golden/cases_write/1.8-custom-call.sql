-- content type: image/png
SELECT "erp"."picture"("id" := $1::"pg_catalog"."int8")
-- $1 = 1
