-- What was posted, shipped or made stays as it is, whoever has the right to change the table.
-- SPDX-License-Identifier: ISC

select plan(76);

insert into erp.products (sku, name, cost_price) values ('G-1', 'Guard 1', 2), ('G-2', 'Guard 2', 2);
create temp table t as select (select id from erp.products where sku = 'G-1') as p, (select id from erp.products where sku = 'G-2') as q,
  null::bigint as n, null::bigint as tr, null::bigint as tri;
grant all on t to public;

-- The rule that the query breaks.
create function pg_temp.rule_of(query text) returns text language plpgsql as $$
declare
  rule text;
begin
  execute query;
  return 'none';
exception when others then
  get stacked diagnostics rule = constraint_name;
  return rule;
end $$;

-- A count is posted once.
select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select lives_ok('select erp.post_stock_movement(p, 5, 10) from t', 'there is something to count');
update t set n = (erp.start_stock_count(5)).id;
update erp.stock_count_items set counted_qty = expected_qty + 7 where stock_count_id = (select n from t) and product_id = (select p from t);
select lives_ok('select erp.post_stock_count(n) from t', 'a count is posted');
select throws_ok('select erp.post_stock_count(n) from t', '23514', 'a stock count that is posted cannot be posted', 'once');
select results_eq('select on_hand from erp.stock_balances where product_id = (select p from t) and warehouse_id = 5', 'values (17.000)', 'the difference counts once');

-- What was counted and moved stays.
select throws_ok('update erp.stock_count_items set counted_qty = 1 where stock_count_id = (select n from t)', '55000', null, 'a posted count keeps its figures');
select throws_ok('update erp.stock_count_items set product_id = (select q from t) where stock_count_id = (select n from t) and product_id = (select p from t)',
  '55000', null, 'and its products');
select throws_ok('insert into erp.stock_count_items (stock_count_id, product_id, expected_qty) select n, q, 1 from t', '55000', null, 'and gets no others');
select throws_ok('update erp.stock_counts set warehouse_id = 2 where id = (select n from t)', '55000', null, 'and is one of its warehouse');
update t set tr = (erp.transfer_stock(5, 2, (select jsonb_build_array(jsonb_build_object('product_id', p, 'qty', 3)) from t))).id;
select throws_ok('update erp.stock_transfer_items set qty = 5 where stock_transfer_id = (select tr from t)', '55000', null, 'what was moved keeps its quantity');
select throws_ok('update erp.stock_transfer_items set product_id = (select q from t) where stock_transfer_id = (select tr from t)', '55000', null, 'and its product');
select throws_ok('insert into erp.stock_transfer_items (stock_transfer_id, line_no, product_id, qty) select tr, 9, p, 1 from t', '55000', null, 'nothing is added');
select throws_ok('update erp.stock_transfers set to_warehouse_id = 3 where id = (select tr from t)', '55000', null, 'it went where it went');
select lives_ok('update erp.stock_transfers set note = ''late'', to_warehouse_id = 2 where id = (select tr from t)', 'a note may follow');
insert into erp.stock_transfers (from_warehouse_id, to_warehouse_id) values (1, 2);
update t set tri = (select max(id) from erp.stock_transfers);
select lives_ok('insert into erp.stock_transfer_items (stock_transfer_id, line_no, product_id, qty) select tri, 1, p, 1 from t', 'a draft takes lines');
select lives_ok('update erp.stock_transfers set to_warehouse_id = 3 where id = (select tri from t)', 'and another warehouse');
select throws_ok('update erp.stock_transfer_items set stock_transfer_id = (select tr from t) where stock_transfer_id = (select tri from t)', '23514', null,
  'a line of a draft does not slip into a transfer that is done');
reset role;
select set_config('request.jwt.claims', '{"user_id": 1}', true);
set local role erp_admin;
select throws_ok('delete from erp.stock_transfers where id = (select tr from t)', '55000', null, 'what is done is not deleted, even by an administrator');
select throws_ok('delete from erp.stock_transfer_items where stock_transfer_id = (select tr from t)', '55000', null, 'nor are its lines');
select throws_ok('delete from erp.stock_counts where id = (select n from t)', '55000', null, 'nor is a count');
select lives_ok('delete from erp.stock_transfers where id = (select tri from t)', 'a draft is, with its lines');
reset role;

-- Lots are of their product, and services have no stock.
insert into erp.products (sku, name, kind, track_lots) values ('G-L', 'Guard fabric', 'material', true);
insert into erp.products (sku, name, kind) values ('G-S', 'Guard service', 'service');
create temp table u as select (select id from erp.products where sku = 'G-L') as fabric, (select id from erp.products where sku = 'G-S') as service,
  null::bigint as lot, null::bigint as other, null::bigint as po, null::bigint as n;
grant all on u to public;
select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
insert into erp.lots (product_id, lot_no) select fabric, 'G1' from u;
update u set lot = (select max(id) from erp.lots);
insert into erp.lots (product_id, lot_no) select q, 'G2' from t;
update u set other = (select max(id) from erp.lots);
select is(pg_temp.rule_of('select erp.post_stock_movement(fabric, 5, 1, lot_id => other) from u'), 'stock_moves_lot_of_product', 'a lot of another product is refused');
select lives_ok('update erp.lots set product_id = (select p from t) where id = (select other from u)', 'a lot that never moved may be another product''s');
select lives_ok('select erp.post_stock_movement(fabric, 5, 20, lot_id => lot) from u', 'its own is taken');
select is(pg_temp.rule_of('select erp.transfer_stock(5, 2, (select jsonb_build_array(jsonb_build_object(''product_id'', fabric, ''qty'', 1, ''lot_id'', other)) from u))'),
  'stock_moves_lot_of_product', 'nor does it move between warehouses as one');
select is(pg_temp.rule_of('update erp.lots set product_id = (select p from t) where id = (select lot from u)'), 'lots_product_fixed', 'a lot that was moved stays with its product');
select is(pg_temp.rule_of('select erp.transfer_stock(5, 2, (select jsonb_build_array(jsonb_build_object(''product_id'', service, ''qty'', 1)) from u))'),
  'stock_moves_no_service', 'a service is nowhere to be moved from');
update u set n = (erp.start_stock_count(5)).id;
select results_eq('select i.lot_id, i.expected_qty from erp.stock_count_items i join u on i.stock_count_id = n and i.product_id = fabric',
  'select lot, 20.000 from u', 'what is tracked by lot is counted by lot');
update erp.stock_count_items set counted_qty = 18 where stock_count_id = (select n from u) and product_id = (select fabric from u);
select lives_ok('select erp.post_stock_count(n) from u', 'which can be posted');
select results_eq('select on_hand from erp.stock_balances join u on product_id = fabric where warehouse_id = 5', 'values (18.000)', 'with its difference');
select throws_ok('update erp.warehouses set allow_negative = true where id = 5', '42501', null, 'the warehouse does not let itself go below zero');
select lives_ok('update erp.warehouses set address = ''Dock 5'' where id = 5', 'the rest is its own');
reset role;
select set_config('request.jwt.claims', '{"user_id": 4}', true);
set local role erp_purchasing;
select is(pg_temp.rule_of('update erp.products set kind = ''service'' where id = (select p from t)'), 'products_kind_stocked', 'what is in stock does not become a service');
insert into erp.purchase_orders (supplier_id, warehouse_id, payment_term_id) values (1, 1, 4);
update u set po = (select max(id) from erp.purchase_orders);
insert into erp.purchase_order_items (purchase_order_id, line_no, product_id, qty, unit_price) select po, 1, service, 2, 50 from u union all select po, 2, q, 4, 10 from u, t;
select is((select erp.set_status('purchase_orders', po, 'approved') ->> 'status' from u), 'approved', 'a service is bought');
select lives_ok('select erp.receive_goods(po) from u', 'and received');
reset role;
select is_empty('select * from erp.stock_balances where product_id = (select service from u)', 'but not into stock');
select results_eq('select a.code, l.debit from erp.journal_lines l join erp.accounts a on a.id = l.account_id join erp.journal_entries e on e.id = l.journal_entry_id
  where e.source_type = ''goods_receipts'' and e.source_id = (select max(id) from erp.goods_receipts) and l.debit > 0 order by 1',
  $$values ('1300', 40.00), ('5000', 100.00)$$, 'what it costs is a cost, the goods are stock');

-- A line stays in the document that adds it up.
select is(pg_temp.rule_of('update erp.invoice_items set invoice_id = (select max(id) from erp.invoices) where id = (select min(id) from erp.invoice_items)'),
  'invoice_items_fixed_parent', 'a line of an invoice stays');
select is(pg_temp.rule_of('insert into erp.buyer_orders (buyer_id, buyer_po_no) select buyer_id, ''GUARD-0'' from erp.buyer_orders where id =
  (select buyer_order_id from erp.buyer_order_lines where id = (select min(id) from erp.buyer_order_lines));
  update erp.buyer_order_lines set buyer_order_id = (select max(id) from erp.buyer_orders) where id = (select min(id) from erp.buyer_order_lines)'),
  'buyer_order_lines_fixed_parent', 'of a buyer''s order');
select is(pg_temp.rule_of('update erp.buyer_order_sizes set buyer_order_line_id = (select max(id) from erp.buyer_order_lines)
  where buyer_order_line_id = (select min(id) from erp.buyer_order_lines)'), 'buyer_order_sizes_fixed_parent', 'a size stays');
select is(pg_temp.rule_of('update erp.slides set presentation_id = 2, position = 999 where id = (select min(id) from erp.slides where presentation_id = 1)'),
  'slides_fixed_parent', 'a slide stays');
select is(pg_temp.rule_of('update erp.style_operations set style_id = (select max(id) from erp.styles), seq = 999 where id = (select min(id) from erp.style_operations)'),
  'style_operations_fixed_parent', 'an operation stays');
select is(pg_temp.rule_of('update erp.buyer_orders set buyer_id = buyer_id % 2 + 1 where id = (select min(buyer_order_id) from erp.buyer_order_lines)'), 'buyer_orders_buyer_fixed', 'an order with lines keeps its buyer');

-- Production: an order of two sizes of one colourway, and a third that is not ordered.
create temp table g as select s.id as style, v.id as variant, null::bigint as o, null::bigint as line, null::bigint as other, null::bigint as prod,
  k.sizes, k.products, null::bigint as ship, null::bigint as carton, null::bigint as strangers
from erp.styles s join erp.style_variants v on v.style_id = s.id,
  lateral (select array_agg(x.size_id order by x.size_id) as sizes, array_agg(x.product_id order by x.size_id) as products
           from erp.style_skus x where x.style_variant_id = v.id) k
where s.buyer_id = 1 order by s.id, v.id limit 1;
grant all on g to public;
insert into erp.buyer_orders (buyer_id, buyer_po_no) values (1, 'GUARD-1');
update g set o = (select max(id) from erp.buyer_orders);
insert into erp.buyer_order_lines (buyer_order_id, line_no, style_id, style_variant_id, unit_price) select o, n, style, variant, 5 from g, generate_series(1, 2) n;
update g set line = (select min(id) from erp.buyer_order_lines where buyer_order_id = o), other = (select max(id) from erp.buyer_order_lines where buyer_order_id = o);
select set_config('request.jwt.claims', '{"user_id": 2}', true);
set local role erp_manager;
select is(pg_temp.rule_of('insert into erp.buyer_order_sizes (buyer_order_line_id, size_id, product_id, qty) select line, sizes[1], products[2], 10 from g'),
  'buyer_order_sizes_sku', 'the product of a size is that of another size');
select is(pg_temp.rule_of('insert into erp.buyer_order_sizes (buyer_order_line_id, size_id, product_id, qty) select line, sizes[1],
  (select k.product_id from erp.style_skus k join erp.style_variants v on v.id = k.style_variant_id where v.style_id <> g.style and k.size_id = g.sizes[1] limit 1), 10 from g'),
  'buyer_order_sizes_sku', 'or of another style');
insert into erp.buyer_order_sizes (buyer_order_line_id, size_id, product_id, qty) select line, sizes[n], products[n], 10 from g, generate_series(1, 2) n;
insert into erp.production_orders (buyer_order_line_id, warehouse_id, planned_start, planned_end, planned_qty) select line, 1, '2026-01-01', '2026-02-01', 20 from g;
update g set prod = (select max(id) from erp.production_orders);
reset role;
create function pg_temp.made(size bigint, stage text, qty int, day text default '2026-01-10') returns jsonb language sql as $$
  select jsonb_build_object('production_order_id', prod, 'size_id', size, 'stage', stage, 'work_date', day, 'hour', 9, 'good_qty', qty) from g
$$;
select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select is(pg_temp.rule_of('select erp.record_production(jsonb_build_array(pg_temp.made(sizes[1], ''cutting'', 5))) from g'),
  'production_orders_producing', 'an order that is planned has no output');
select is(pg_temp.rule_of('insert into erp.production_outputs (production_order_id, size_id, stage, work_date, hour, good_qty)
  select prod, sizes[1], ''cutting'', ''2026-01-10'', 9, 5 from g'), 'production_orders_producing', 'not by itself either');
select is((select erp.set_status('production_orders', prod, 'materials_issued') ->> 'status' from g), 'materials_issued', 'it starts');
select is(pg_temp.rule_of('select erp.record_production(jsonb_build_array(pg_temp.made(sizes[3], ''cutting'', 5))) from g'),
  'production_outputs_size_ordered', 'a size that was not ordered is not made');
select throws_ok('select erp.record_production(jsonb_build_array(pg_temp.made(sizes[1], ''cutting'', 5), pg_temp.made(sizes[1], ''cutting'', 6))) from g',
  '22023', null, 'one hour has one figure');
select is((select erp.record_production(jsonb_build_array(pg_temp.made(sizes[1], 'cutting', 10), pg_temp.made(sizes[1], 'sewing', 10),
  pg_temp.made(sizes[1], 'finishing', 10), pg_temp.made(sizes[1], 'packing', 5))) from g), 4, 'others are');
select is(pg_temp.rule_of('update erp.production_outputs set size_id = g.sizes[3] from g where production_order_id = prod and stage = ''packing'''),
  'production_outputs_size_ordered', 'nor do they become one');
select is(pg_temp.rule_of('update erp.production_orders set buyer_order_line_id = other from g where id = prod'), 'production_orders_line_fixed', 'what was made was made for its line');
select is(pg_temp.rule_of('update erp.production_orders set warehouse_id = 2 from g where id = prod'), 'production_orders_warehouse_fixed', 'and lies where it lies');
select lives_ok('update erp.production_orders set planned_end = ''2026-03-01'', warehouse_id = 1 from g where id = prod', 'the plan can change');
reset role;
select set_config('request.jwt.claims', '{"user_id": 1}', true);
set local role erp_admin;
select is(pg_temp.rule_of('update erp.buyer_order_sizes set size_id = sizes[3], product_id = products[3] from g where buyer_order_line_id = line and size_id = sizes[1]'),
  'buyer_order_sizes_produced', 'a size that was cut is that size');
select is(pg_temp.rule_of('delete from erp.buyer_order_sizes using g where buyer_order_line_id = line and size_id = sizes[1]'), 'buyer_order_sizes_produced', 'and stays ordered');
select is(pg_temp.rule_of('update erp.buyer_order_lines l set style_variant_id = v.id from g, erp.style_variants v where l.id = line and v.style_id = g.style and v.id <> g.variant'),
  'buyer_order_sizes_sku', 'its line keeps the colourway');
select lives_ok('delete from erp.buyer_order_sizes using g where buyer_order_line_id = line and size_id = sizes[2]', 'one that was not made goes');
select is((select erp.set_status('production_orders', prod, s) ->> 'status' from g, (values ('cutting')) v(s)), 'cutting', 'cutting');
select is((select erp.set_status('production_orders', prod, 'on_hold', 'power') ->> 'status' from g), 'on_hold', 'it is held');
reset role;
set local role erp_warehouse;
select is(pg_temp.rule_of('select erp.record_production(jsonb_build_array(pg_temp.made(sizes[1], ''packing'', 7))) from g'), 'production_orders_producing', 'and makes nothing');

-- Shipments: of one buyer, and closed once they are loaded.
insert into erp.shipments (buyer_id, mode, etd) values (1, 'sea', '2026-02-01');
update g set ship = (select max(id) from erp.shipments);
insert into erp.cartons (shipment_id, carton_no) select ship, 1 from g;
update g set carton = (select max(id) from erp.cartons);
update g set strangers = (select min(z.buyer_order_line_id) from erp.buyer_order_sizes z join erp.buyer_order_lines l on l.id = z.buyer_order_line_id
  join erp.buyer_orders o on o.id = l.buyer_order_id where o.buyer_id <> 1);
select is(pg_temp.rule_of('insert into erp.carton_items (carton_id, buyer_order_line_id, size_id, qty) select carton, strangers,
  (select min(size_id) from erp.buyer_order_sizes where buyer_order_line_id = strangers), 1 from g'), 'carton_items_buyer', 'a carton holds nothing of another buyer');
select lives_ok('insert into erp.carton_items (carton_id, buyer_order_line_id, size_id, qty) select carton, line, sizes[1], 5 from g', 'but of its own');
select is(pg_temp.rule_of('update erp.shipments set buyer_id = 2 from g where id = ship'), 'shipments_buyer_fixed', 'whose shipment it stays');
insert into erp.cartons (shipment_id, carton_no) select ship, 2 from g;
select is(pg_temp.rule_of('update erp.carton_items set carton_id = (select max(id) from erp.cartons) where carton_id = (select carton from g)'),
  'carton_items_fixed_parent', 'pieces stay in their carton');
select is(pg_temp.rule_of('update erp.cartons set shipment_id = (select min(id) from erp.shipments where status = ''booked''), carton_no = 999 where id = (select carton from g)'),
  'cartons_fixed_parent', 'and cartons in their shipment');
select is((select string_agg(erp.set_status('shipments', ship, s) ->> 'status', ' ') from g, (values ('cargo_ready'), ('loaded')) v(s)), 'cargo_ready loaded', 'it is loaded');
select is(pg_temp.rule_of('update erp.carton_items set qty = 4 where carton_id = (select carton from g)'), 'carton_items_fixed', 'and its contents fixed');
select is(pg_temp.rule_of('insert into erp.cartons (shipment_id, carton_no) select ship, 3 from g'), 'cartons_fixed', 'no carton is added');
select is(pg_temp.rule_of('update erp.shipments set buyer_id = 2 from g where id = ship'), 'shipments_fixed', 'nor does it get another buyer');
select lives_ok('update erp.shipments set vessel = ''Ever Late'' from g where id = ship', 'how it travels may change');
reset role;
set local role erp_admin;
select is(pg_temp.rule_of('delete from erp.carton_items where carton_id = (select carton from g)'), 'carton_items_fixed', 'not even an administrator unpacks it');
select is(pg_temp.rule_of('delete from erp.shipments where id = (select ship from g)'), 'shipments_fixed', 'or deletes it');
reset role;

-- A line that was packed in two warehouses is loaded from both.
update erp.buyer_order_sizes set tolerance_pct = 100 where buyer_order_line_id = (select line from g);
insert into erp.production_orders (buyer_order_line_id, warehouse_id, planned_start, planned_end, planned_qty, status)
select line, 2, '2026-01-01', '2026-02-01', 5, 'packing' from g;
insert into erp.production_outputs (production_order_id, size_id, stage, work_date, hour, good_qty)
select p.id, g.sizes[1], s.stage, '2026-01-11', 9, s.qty from g, (values ('cutting', 8), ('sewing', 8), ('finishing', 8), ('packing', 6)) s(stage, qty),
  (select max(id) as id from erp.production_orders) p;
update erp.production_orders set status = 'cutting' where id = (select prod from g);
insert into erp.production_outputs (production_order_id, size_id, stage, work_date, hour, good_qty) select prod, sizes[1], 'packing', '2026-01-11', 9, 3 from g;
insert into erp.shipments (buyer_id, mode) values (1, 'sea');
update g set ship = (select max(id) from erp.shipments);
insert into erp.cartons (shipment_id, carton_no) select ship, 1 from g;
insert into erp.carton_items (carton_id, buyer_order_line_id, size_id, qty) select (select max(id) from erp.cartons), line, sizes[1], 8 from g;
select is((select string_agg(erp.set_status('shipments', ship, s) ->> 'status', ' ') from g, (values ('cargo_ready'), ('loaded')) v(s)), 'cargo_ready loaded',
  'what was packed in two warehouses is loaded');
select results_eq('select warehouse_id, qty from erp.stock_moves where source_type = ''shipments'' and source_id = (select ship from g) order by 1',
  'values (1::bigint, -3.000), (2, -5.000)', 'from both, the earlier one first');
set constraints all immediate;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');

select * from finish();
