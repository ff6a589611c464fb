WITH pgrst_source AS (INSERT INTO "erp"."customers" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0.*::"erp"."customers" AS "pgrst_row") SELECT "erp"."full_label"(t0."pgrst_row"), t1."id", nullif(t1.* IS NULL, true) FROM pgrst_source AS t0 LEFT JOIN LATERAL "erp"."latest_order"(t0."pgrst_row") AS t1 ON (true)
-- $1 = {"id": 1}
-- shape of 3 columns: "full_label":0 "latest_order":2? { "id":1 }
