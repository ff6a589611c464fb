SELECT "erp"."place_order"("customer" := $1::"pg_catalog"."int8", "note" := $2::"pg_catalog"."text")
-- $1 = 1
-- $2 = a b
