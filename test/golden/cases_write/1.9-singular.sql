-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_rows AS (SELECT t0."id" FROM "erp"."orders_of"("customer" := $1::"pg_catalog"."int8") AS t0 LIMIT 1000) SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_rows)
-- $1 = 1
-- shape of 1 columns: "id":0
