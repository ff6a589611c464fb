-- Undoes 0001_foundation. Roles stay: they belong to the cluster, and another database may use them.
-- SPDX-License-Identifier: ISC

drop schema erp_private cascade;
drop schema erp cascade;

-- An extension that was there before us, or that somebody else uses by now, is left alone.
do $$
declare
  name text;
begin
  foreach name in array array['pgcrypto', 'btree_gist', 'unaccent', 'pg_trgm'] loop
    begin
      execute format('drop extension if exists %I', name);
    exception when insufficient_privilege or dependent_objects_still_exist then
      raise notice 'extension % is kept', name;
    end;
  end loop;
end $$;
