-- content type: text/vcard
-- main
SELECT "erp"."as_vcard"(r::"erp"."customers"), pg_catalog.count(*) FROM (SELECT t0."id" AS "id", t0."name" AS "name", t0."email" AS "email", t0."address" AS "address", t0."country" AS "country", t0."tags" AS "tags", t0."meta" AS "meta", t0."created_at" AS "created_at", t0."active" AS "active", t0."labels" AS "labels" FROM "erp"."customers" AS t0 WHERE (t0."id" < $1) ORDER BY t0."id") AS r
-- $1 = 3
-- shape of 2 columns: {}
-- plan: opaque; tables "erp"."customers"
