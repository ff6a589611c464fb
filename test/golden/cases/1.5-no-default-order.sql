-- main
SELECT t0."at", t0."what" FROM "erp"."audit" AS t0 LIMIT 10
-- shape of 2 columns: {"at": 0, "what": 1}
-- plan: limit=10 cheap; tables "erp"."audit"
