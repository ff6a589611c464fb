INSERT INTO "erp"."Odd Table" AS t0 ("a.b", "col,umn", "select") SELECT b."a.b", b."col,umn", b."select" FROM pg_catalog.json_to_record($1) AS b("a.b" "pg_catalog"."int4", "col,umn" "pg_catalog"."text", "select" "pg_catalog"."text") RETURNING t0."a.b", t0."col,umn", t0."we""ird", t0."select", t0."Ünï x"
-- $1 = {}
-- shape of 5 columns: "a.b":0 "col,umn":1 "we\"ird":2 "select":3 "Ünï x":4
