-- main
SELECT t0."id", (t0."meta"->'prefs'->>'lang'), (t0."meta"->'tier'), (t0."meta"->'seen'->(0)), (t0."meta"->'prefs') FROM "erp"."customers" AS t0
-- shape of 5 columns: {"id": 0, "lang": 1, "tier": 2, "seen": 3, "l": 4}
-- plan:; tables "erp"."customers"
