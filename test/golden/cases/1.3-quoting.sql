-- main
SELECT t0."col,umn", t0."we""ird", t0."select", t0."a.b"::"pg_catalog"."text" FROM "erp"."Odd Table" AS t0
-- shape of 4 columns: {"col,umn": 0, "we\"ird": 1, "select": 2, "a.b": 3}
-- plan:; tables "erp"."Odd Table"
