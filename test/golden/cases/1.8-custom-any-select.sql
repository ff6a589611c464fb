-- content type: application/json; charset=utf-8
-- main
SELECT t0."what" FROM "erp"."audit" AS t0
-- shape of 1 columns: {"what": 0}
-- plan:; tables "erp"."audit"
