-- content type: application/octet-stream
-- main
SELECT "erp"."as_anything"(r::"erp"."audit"), pg_catalog.count(*) FROM (SELECT t0."at" AS "at", t0."what" AS "what" FROM "erp"."audit" AS t0) AS r
-- shape of 2 columns: {}
-- plan: opaque; tables "erp"."audit"
