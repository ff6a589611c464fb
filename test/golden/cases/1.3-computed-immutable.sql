-- main
SELECT t0."line_no", "erp"."line_total"(t0.*) FROM "erp"."order_lines" AS t0
-- shape of 2 columns: {"line_no": 0, "line_total": 1}
-- plan:; tables "erp"."order_lines"
