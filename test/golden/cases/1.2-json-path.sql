-- main
SELECT t0."id", t0."name", t0."email", pg_catalog.to_json(t0."address"), t0."country", pg_catalog.to_json(t0."tags"), t0."meta", t0."created_at", t0."active", pg_catalog.to_json(t0."labels") FROM "erp"."customers" AS t0 WHERE ((t0."meta"->>'tier') = $1) AND ((t0."meta"->'prefs'->>'lang') = $2) AND ((t0."meta"->'seen'->(0)) = $3)
-- $1 = 1
-- $2 = de
-- $3 = 1
-- shape of 10 columns: {"id": 0, "name": 1, "email": 2, "address": 3, "country": 4, "tags": 5, "meta": 6, "created_at": 7, "active": 8, "labels": 9}
-- plan:; tables "erp"."customers"
