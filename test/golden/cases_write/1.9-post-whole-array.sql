SELECT "erp"."place_order"($1::"pg_catalog"."json")
-- $1 = [1]
