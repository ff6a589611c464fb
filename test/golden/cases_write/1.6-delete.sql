DELETE FROM "erp"."orders" AS t0 WHERE (t0."id" = ANY ($1))
-- $1 = {"1","2"}
