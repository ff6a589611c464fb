WITH pgrst_source AS (DELETE FROM "erp"."orders" AS t0 WHERE (t0."id" = $1) RETURNING t0."id", t0."customer_id") SELECT t0."id", t1."name", t1."id" FROM pgrst_source AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id"))
-- $1 = 1
-- shape of 3 columns: "id":0 "customers":2? { "name":1 }
