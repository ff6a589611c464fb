-- main
SELECT t0."a.b", t0."col,umn", t0."we""ird", t0."select", t0."Ünï x" FROM "erp"."Odd Table" AS t0 WHERE (t0."Ünï x" = $1)
-- $1 = a b
-- shape of 5 columns: {"a.b": 0, "col,umn": 1, "we\"ird": 2, "select": 3, "Ünï x": 4}
-- plan:; tables "erp"."Odd Table"
