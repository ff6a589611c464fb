-- main
SELECT t0."id", t1."name", t2."name" FROM "erp"."orders" AS t0 LEFT JOIN ("erp"."customers" AS t1 LEFT JOIN "ref"."countries" AS t2 ON ((t2."code" = t1."country"))) ON ((t1."id" = t0."customer_id"))
-- shape of 3 columns: {"id": 0, "name": 1, "land": 2}
-- plan:; tables "erp"."orders" "erp"."customers" "ref"."countries"
