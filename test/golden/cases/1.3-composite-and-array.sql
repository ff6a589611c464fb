-- main
SELECT pg_catalog.to_json(t0."address"), (pg_catalog.to_jsonb(t0."address")->>'city'), pg_catalog.to_json(t0."tags"), (pg_catalog.to_jsonb(t0."tags")->(0)), pg_catalog.to_json(t0."labels") FROM "erp"."customers" AS t0
-- shape of 5 columns: {"address": 0, "city": 1, "tags": 2, "tags": 3, "labels": 4}
-- plan:; tables "erp"."customers"
