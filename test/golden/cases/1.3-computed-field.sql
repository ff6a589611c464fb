-- main
SELECT t0."id", "erp"."full_label"(t0.*), "erp"."full_label"(t0.*)::"pg_catalog"."text" FROM "erp"."customers" AS t0
-- shape of 3 columns: {"id": 0, "full_label": 1, "label": 2}
-- plan: opaque; tables "erp"."customers"
