-- main
SELECT to_json(t0."address"), (to_jsonb(t0."address")->>'city'), to_json(t0."tags"), (to_jsonb(t0."tags")->(0)), to_json(t0."labels") FROM "erp"."customers" AS t0
-- shape of 5 columns: {"address": 0, "city": 1, "tags": 2, "tags": 3, "labels": 4}
-- plan:; tables "erp"."customers"
