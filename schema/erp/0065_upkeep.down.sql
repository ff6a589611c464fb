-- Undoes 0065_upkeep. Tables that were watched are so no more.
-- SPDX-License-Identifier: ISC

do $$
declare
  t record;
begin
  for t in select g.tgname, g.tgrelid::regclass as rel from pg_trigger g
           where g.tgfoid = 'erp_private.record_change()'::regprocedure loop
    execute format('drop trigger %I on %s', t.tgname, t.rel);
  end loop;
end $$;
drop function erp_private.tidy(interval);
drop function erp_private.watch(text[]);
drop function erp_private.unwatch(text[]);
drop function erp_private.record_change();
drop table erp_private.outbox_events;
