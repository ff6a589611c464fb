-- Samples, production, shipments and presentations.
-- SPDX-License-Identifier: ISC

select plan(42);

create temp table t as select b.id as buyer, s.id as style, (select min(v.id) from erp.style_variants v where v.style_id = s.id) as variant,
  null::bigint as sample, null::bigint as o, null::bigint as line, null::bigint as prod, (select min(x.id) from erp.samples x where x.buyer_id <> b.id) as stranger, null::bigint as ship
from erp.styles s join erp.buyers b on b.id = s.buyer_id where b.id = 1 order by s.id limit 1;
update erp.buyers set merchandiser_id = 6 where id = 1;
update erp.styles set merchandiser_id = 6 where buyer_id = 1;
grant all on t to public;

select set_config('request.jwt.claims', '{"user_id": 6}', true);
set local role erp_merchandiser;
insert into erp.samples (buyer_id, style_id, sample_type) select buyer, style, 'fit' from t;
update t set sample = (select max(id) from erp.samples);
select throws_ok('select erp.decide_sample(sample, ''approved'') from t', '23514', null, 'nothing is decided before it is submitted');
select results_eq('select status from erp.submit_sample((select sample from t), ''DHL'', ''123'')', $$values ('submitted')$$, 'a sample is submitted');
reset role;
select set_config('request.jwt.claims', '{"user_id": 11, "buyer_id": 1}', true);
set local role erp_portal_buyer;
select results_eq('select status, current_round from erp.decide_sample((select sample from t), ''rejected'', ''too wide'')', $$values ('rejected', 2::smallint)$$, 'the buyer rejects it');
select throws_ok('select erp.decide_sample(stranger, ''approved'') from t', 'P0002', null, 'samples of others do not exist for it');
select throws_ok('select erp.submit_sample(sample) from t', '42501', null, 'and cannot submit it');
reset role;
select set_config('request.jwt.claims', '{"user_id": 6}', true);
set local role erp_merchandiser;
select isnt_empty($$select * from erp.notifications where kind = 'sample_decided' and entity_id = (select sample from t)$$, 'the merchandiser is told');
select lives_ok('select erp.submit_sample(sample) from t', 'the second round is submitted');
select results_eq('select status from erp.approve_sample((select sample from t))', $$values ('approved')$$, 'and approved');
select throws_ok('select erp.submit_sample(sample) from t', '23514', null, 'which is final');

insert into erp.buyer_orders (buyer_id, buyer_po_no, merchandiser_id) select buyer, 'TEST-1', 6 from t;
update t set o = (select max(id) from erp.buyer_orders);
insert into erp.buyer_order_lines (buyer_order_id, line_no, style_id, style_variant_id, unit_price) select o, 1, style, variant, 5 from t;
update t set line = (select max(id) from erp.buyer_order_lines);
insert into erp.buyer_order_sizes (buyer_order_line_id, size_id, product_id, qty) select line, k.size_id, k.product_id, 100
from t join erp.style_skus k on k.style_variant_id = t.variant;
select results_eq('select total_qty, total_value from erp.buyer_orders where id = (select o from t)', 'values (600, 3000.00)', 'an order adds its sizes up');
select throws_ok($$insert into erp.buyer_order_lines (buyer_order_id, line_no, style_id, style_variant_id, unit_price)
  select o, 2, v.style_id, v.id, 5 from t, erp.style_variants v join erp.styles s on s.id = v.style_id where s.buyer_id <> t.buyer limit 1$$, '23514', null,
  'a style of another buyer is refused');
select is((select erp.set_status('buyer_orders', o, 'confirmed') ->> 'status' from t), 'confirmed', 'it is confirmed');
select is((select erp.set_status('buyer_orders', o, 'in_production') ->> 'status' from t), 'in_production', 'and put in production');
insert into erp.production_orders (buyer_order_line_id, warehouse_id, planned_start, planned_end, planned_qty)
select line, (select id from erp.warehouses where code = 'FIN'), '2026-01-01', '2026-02-01', 600 from t;
update t set prod = (select max(id) from erp.production_orders);
select is((select erp.set_status('production_orders', prod, 'materials_issued') ->> 'status' from t), 'materials_issued', 'the floor has the materials');
reset role;

select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select results_eq($$select erp.record_production((select jsonb_agg(jsonb_build_object('production_order_id', t.prod, 'size_id', z.size_id, 'stage', s.stage,
  'work_date', '2026-01-10', 'hour', 9, 'good_qty', s.qty)) from t join erp.buyer_order_sizes z on z.buyer_order_line_id = t.line,
  (values ('cutting', 100), ('sewing', 90), ('finishing', 80), ('packing', 60)) s(stage, qty)))$$, 'values (24)', 'output is recorded');
select results_eq('select distinct cut_qty, sewn_qty, finished_qty, packed_qty from erp.buyer_order_sizes where buyer_order_line_id = (select line from t)',
  'values (100, 90, 80, 60)', 'and counted');
select throws_ok($$select erp.record_production(jsonb_build_array(jsonb_build_object('production_order_id', prod, 'size_id', 1, 'stage', 'sewing',
  'work_date', '2026-01-10', 'hour', 9, 'good_qty', 101))) from t$$, '23514', null, 'more cannot be sewn than was cut');
select lives_ok($$select erp.record_production(jsonb_build_array(jsonb_build_object('production_order_id', prod, 'size_id', 1, 'stage', 'packing',
  'work_date', '2026-01-10', 'hour', 9, 'good_qty', 70))) from t$$, 'the figure of an hour is corrected');
select results_eq('select current_stock from erp.products where id = (select k.product_id from t join erp.style_skus k on k.style_variant_id = t.variant and k.size_id = 1)',
  'select sum(on_hand) from erp.stock_balances where product_id = (select k.product_id from t join erp.style_skus k on k.style_variant_id = t.variant and k.size_id = 1)',
  'what was packed is in stock');
insert into erp.shipments (buyer_id, mode, etd) select buyer, 'sea', '2026-02-01' from t;
update t set ship = (select max(id) from erp.shipments);
insert into erp.cartons (shipment_id, carton_no, net_kg, gross_kg) select ship, 1, 10, 11 from t;
insert into erp.carton_items (carton_id, buyer_order_line_id, size_id, qty) select (select max(id) from erp.cartons), line, 1, 70 from t;
select lives_ok('set constraints all immediate', 'what was packed fits into cartons');
select throws_ok('update erp.carton_items set qty = 71 where carton_id = (select max(id) from erp.cartons)', '23514', null, 'and no more');
select lives_ok('select erp.set_status(''shipments'', ship, ''cargo_ready'') from t', 'the cargo is ready');
select lives_ok('select erp.set_status(''shipments'', ship, ''loaded'') from t', 'and loaded');
select results_eq('select shipped_qty from erp.buyer_order_sizes where buyer_order_line_id = (select line from t) and size_id = 1', 'values (70)', 'and has left');
reset role;
select set_config('request.jwt.claims', '{"user_id": 7}', true);
set local role erp_accountant;
select results_eq('select status, total_amount from erp.issue_invoice(shipment_id => (select ship from t))', $$values ('issued', 350.00)$$, 'the shipment is invoiced');
reset role;

-- Presentations: a visitor has the token and nothing else.
select set_config('request.jwt.claims', '', true);
create temp table visit as select null::jsonb as opened;
grant all on visit to public;
set local role erp_anon;
update visit set opened = erp.open_presentation('demo');
select isnt((select opened ->> 'session' from visit), null, 'a link opens');
select throws_ok('select erp.open_presentation(''wrong'')', 'P0002', null, 'a wrong one does not');
select results_eq($$select erp.record_slide_views((opened ->> 'session')::uuid, 'demo', jsonb_build_array(
  jsonb_build_object('seq', 1, 'slide_id', opened #> '{slides,0,id}', 'entered_at', '2001-01-01', 'duration_ms', 1500, 'visible_ms', 9999),
  jsonb_build_object('seq', 2, 'slide_id', opened #> '{slides,1,id}', 'entered_at', '2999-01-01', 'duration_ms', 99999999))) from visit$$, 'values (2)', 'views are recorded');
select results_eq($$select erp.record_slide_views((opened ->> 'session')::uuid, 'demo', jsonb_build_array(
  jsonb_build_object('seq', 2, 'slide_id', opened #> '{slides,1,id}', 'entered_at', '2999-01-01', 'duration_ms', 5))) from visit$$, 'values (0)', 'once');
select throws_ok($$select erp.record_slide_views((opened ->> 'session')::uuid, 'other', '[]') from visit$$, 'P0002', null, 'not with another token');
select lives_ok($$select erp.end_session((opened ->> 'session')::uuid, 'demo') from visit$$, 'the session ends');
select throws_ok('select * from erp.presentations', '42501', null, 'tables are closed to visitors');
reset role;
select results_eq($$select duration_ms, slides_seen, ended_at is not null from erp.view_sessions where id = (select (opened ->> 'session')::uuid from visit)$$,
  'values (5000::bigint, 2, true)', 'durations are sane and summed up');
select is_empty($$select * from erp.slide_views where session_id = (select (opened ->> 'session')::uuid from visit)
  and (entered_at < now() - interval '1 minute' or entered_at > now() + interval '6 s' or visible_ms > duration_ms)$$, 'the clock of a browser is not trusted');
select set_config('request.jwt.claims', '{"user_id": 2}', true);
set local role erp_manager;
select results_eq('select views, p50_ms, p95_ms, exits, drop_off_pct from erp.presentation_engagement(1, current_date) where views > 0 order by position',
  'values (1::bigint, 1500::numeric, 1500::numeric, 0::bigint, 0.0), (1, 3500, 3500, 1, 100.0)', 'what was watched today is in the report before it is rolled up');
select lives_ok('select erp.rollup_slide_stats(current_date)', 'rolling up leaves a day that is not over');
select results_eq('select views, p50_ms, p95_ms, exits, drop_off_pct from erp.presentation_engagement(1, current_date) where views > 0 order by position',
  'values (1::bigint, 1500::numeric, 1500::numeric, 0::bigint, 0.0), (1, 3500, 3500, 1, 100.0)', 'and the report says the same');
create temp table shared as select erp.share_presentation(1, password => 'kırmızı') ->> 'token' as token;
grant select on shared to public;
select throws_ok('select erp.share_presentation(1, password => '''')', '22023', null, 'a password is not empty');
reset role;
set local role erp_anon;
select throws_ok('select erp.open_presentation(token) from shared', '42501', null, 'a link with a password does not open without it');
select throws_ok('select erp.open_presentation(token, password => ''kirmizi'') from shared', '42501', null, 'nor with another');
select isnt((select erp.open_presentation(token, password => 'kırmızı') ->> 'session' from shared), null, 'but with it');
reset role;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');

select * from finish();
