-- main
SELECT t0."id" FROM "erp"."customers" AS t0 ORDER BY (t0."meta"->>'tier') DESC, (pg_catalog.to_jsonb(t0."address")->>'city')
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."customers"
