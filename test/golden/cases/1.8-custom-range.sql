-- content type: text/csv; charset=utf-8
-- main
SELECT t0."id", t0."name", t0."email", t0."address", t0."country", t0."tags", t0."meta", t0."created_at", t0."active", t0."labels" FROM "erp"."customers" AS t0 WHERE (t0."id" = $1)
-- $1 = 1
-- shape of 10 columns: {"id": 0, "name": 1, "email": 2, "address": 3, "country": 4, "tags": 5, "meta": 6, "created_at": 7, "active": 8, "labels": 9}
-- plan: by-key cheap; tables "erp"."customers"
