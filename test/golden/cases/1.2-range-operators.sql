-- main
SELECT t0."id", t0."sku", t0."name", t0."valid", t0."attrs" FROM "erp"."products" AS t0 WHERE (t0."valid" << $1) AND (t0."valid" >> $2) AND (t0."valid" &< $3) AND (t0."valid" &> $4) AND (t0."valid" -|- $5)
-- $1 = [2026-01-01,2027-01-01)
-- $2 = [2020-01-01,2021-01-01)
-- $3 = [2025-01-01,2026-01-01)
-- $4 = [2025-01-01,2026-01-01)
-- $5 = [2026-01-01,2027-01-01)
-- shape of 5 columns: {"id": 0, "sku": 1, "name": 2, "valid": 3, "attrs": 4}
-- plan:; tables "erp"."products"
