WITH pgrst_source AS (UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b WHERE ((t0."id" = $2) OR (t0."note" LIKE $3)) AND (NOT (EXISTS (SELECT 1 FROM "erp"."shipments" AS t1 WHERE (t1."order_id" = t0."id")))) RETURNING t0."id") SELECT t0."id", t1."id", t1."order_id" FROM pgrst_source AS t0 LEFT JOIN "erp"."shipments" AS t1 ON ((t1."order_id" = t0."id")) ORDER BY t0."id" DESC
-- $1 = {"note": "a"}
-- $2 = 1
-- $3 = a%
-- shape of 3 columns: "id":0 "shipments":2? { "id":1 }
