-- main
SELECT t0."id", t0."sku", t0."name", t0."valid", t0."attrs" FROM "erp"."products" AS t0 WHERE ((t0."name" ILIKE $1) OR (t0."sku" ILIKE $2))
-- $1 = %a%
-- $2 = %b%
-- shape of 5 columns: {"id": 0, "sku": 1, "name": 2, "valid": 3, "attrs": 4}
-- plan:; tables "erp"."products"
