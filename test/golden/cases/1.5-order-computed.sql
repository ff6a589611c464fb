-- main
SELECT t0."id" FROM "erp"."customers" AS t0 ORDER BY "erp"."full_label"(t0.*) DESC
-- shape of 1 columns: {"id": 0}
-- plan: opaque; tables "erp"."customers"
