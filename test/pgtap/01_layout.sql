-- The shape of the ERP: what is promised to every reader of the schema.
-- SPDX-License-Identifier: ISC

select plan(15);

select is((select count(*)::int from pg_class where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p')), 91, '91 tables');
select is((select count(*)::int from erp_private.table_groups), 91, 'every table has its group of rights');
select is((select count(*)::int * 4 from erp_private.table_groups
           where table_name not in ('audit_log', 'doc_events', 'stock_balances', 'slide_stats_daily')), 348, '348 permissions');
select is_empty($$select relname from pg_class c where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p')
  and coalesce(obj_description(c.oid, 'pg_class'), '') !~ '\n@module [a-z_]+\n@cache (lookup|style|material|transactional|user|realtime)$'$$,
  'every table says its module and its cache class');
select is_empty($$select attrelid::regclass, attname from pg_attribute where attrelid in
  (select oid from pg_class where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p'))
  and atttypid in ('float4'::regtype, 'float8'::regtype, 'money'::regtype)$$, 'no floating point');
select is_empty($$select conrelid::regclass, conname from pg_constraint k
  where contype = 'f' and connamespace = 'erp'::regnamespace and conparentid = 0
    and conname <> 'stock_balances_last_move_id_fkey'
    and not exists (select from pg_index i where i.indrelid = k.conrelid
      and (select array_agg(a order by a) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) a)
        = (select array_agg(a order by a) from unnest(k.conkey) a))$$, 'every foreign key has an index that begins with it');
select is_empty($$select n from unnest(array['idx_product_category', 'idx_product_active', 'idx_product_created', 'idx_stock_product',
  'idx_stock_warehouse', 'idx_stock_date', 'idx_salesorder_customer', 'idx_salesorder_date', 'idx_salesorder_status',
  'idx_styles_buyer_id', 'idx_styles_created_at', 'idx_samples_submit_status', 'idx_samples_sample_type', 'idx_samples_created_at',
  'idx_samples_buyer_style', 'idx_orders_order_status', 'idx_orders_order_date', 'idx_orders_delivery_date',
  'idx_orders_buyer_status', 'idx_orders_created_at']) n where to_regclass('erp.' || n) is null$$, 'indexes that users ask for by name');
select is_empty($$select oid::regprocedure from pg_proc where pronamespace in ('erp'::regnamespace, 'erp_private'::regnamespace)
  and prosecdef and not coalesce(array_to_string(proconfig, ' '), '') like '%search_path=%'$$,
  'functions with the rights of the owner fix their search path');
select is_empty($$select oid::regprocedure from pg_proc where pronamespace in ('erp'::regnamespace, 'erp_private'::regnamespace)
  and has_function_privilege('public', oid, 'execute')$$, 'no function is everybody''s');
select is_empty($$select oid::regprocedure from pg_proc p where pronamespace = 'erp'::regnamespace
  and obj_description(oid, 'pg_proc') is null$$, 'every exposed function says what it does');
select is_empty($$select rolname, c.oid::regclass from pg_roles r, pg_class c
  where rolname like 'erp\_%' and c.relnamespace = 'erp_private'::regnamespace and c.relkind in ('r', 'p', 'v')
    and not r.rolsuper and c.relowner <> r.oid and has_table_privilege(r.oid, c.oid, 'select')$$, 'nobody reads the private schema');
select is_empty($$select tgrelid::regclass from pg_trigger where not tgisinternal and tgenabled = 'D'$$, 'no trigger was left disabled');
select is_empty($$select c.oid::regclass from pg_class c where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p')
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'updated_at')
  and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'zz_touch')$$, 'updated_at is kept everywhere');
select is_empty($$select attrelid::regclass, attname from pg_attribute a join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
  where attname in ('created_at', 'updated_at') and pg_get_expr(adbin, adrelid) <> 'now()'$$, 'the clock of the demo data is gone');
select is_empty($$select distinct t.doc_type from erp.doc_transitions t where not exists (
  select from pg_trigger g where g.tgrelid = format('erp.%I', t.doc_type)::regclass and g.tgname = 'status_flow')$$,
  'every workflow has its guard');

select * from finish();
