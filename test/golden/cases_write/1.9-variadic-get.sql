SELECT t0.v FROM "erp"."tag_all"("prefix" := $1::"pg_catalog"."text", VARIADIC "tags" := $2::"pg_catalog"."_text") AS t0(v) LIMIT 1000
-- $1 = x
-- $2 = {"a","b\"c"}
