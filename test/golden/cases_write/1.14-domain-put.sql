INSERT INTO "erp"."paints" AS t0 ("id", "shade", "base_id") SELECT b."id", erp.shade_of(b."shade"), b."base_id" FROM json_to_record($1) AS b("id" "pg_catalog"."int4", "shade" json, "base_id" "pg_catalog"."int4") WHERE (b."id" = $2) AND pg_catalog.set_config('bobbin.inserted', (coalesce(nullif(pg_catalog.current_setting('bobbin.inserted', true), ''), '0')::int8 + 1)::text, true) <> '' ON CONFLICT ("id") DO UPDATE SET "id" = EXCLUDED."id", "shade" = EXCLUDED."shade", "base_id" = EXCLUDED."base_id" WHERE pg_catalog.set_config('bobbin.inserted', (coalesce(nullif(pg_catalog.current_setting('bobbin.inserted', true), ''), '0')::int8 - 1)::text, true) <> ''
-- $1 = {"id": 9, "shade": "#010203", "base_id": null}
-- $2 = 9
SELECT pg_catalog.current_setting('bobbin.inserted', true)
