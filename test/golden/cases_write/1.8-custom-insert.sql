-- content type: text/vcard
WITH pgrst_source AS (INSERT INTO "erp"."customers" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id", t0."name", t0."email", t0."address", t0."country", t0."tags", t0."meta", t0."created_at", t0."active", t0."labels") SELECT "erp"."as_vcard"(r::"erp"."customers"), pg_catalog.count(*) FROM (SELECT t0."id" AS "id", t0."name" AS "name", t0."email" AS "email", t0."address" AS "address", t0."country" AS "country", t0."tags" AS "tags", t0."meta" AS "meta", t0."created_at" AS "created_at", t0."active" AS "active", t0."labels" AS "labels" FROM pgrst_source AS t0) AS r
-- $1 = {"id": 9}
-- shape of 2 columns:
