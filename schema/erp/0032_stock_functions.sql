-- Stock and purchasing: adjustments, transfers, counts, receipts.
-- SPDX-License-Identifier: ISC

create function erp.post_stock_movement(product_id bigint, warehouse_id bigint, qty numeric, move_type text default 'adjust',
  note text default '', lot_id bigint default null, unit_cost numeric default null) returns bigint
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.require_role('erp_warehouse', 'erp_manager', 'erp_admin');
  if move_type not in ('adjust', 'opening', 'return_in', 'return_out') then
    perform erp_private.fail('22023', 'stock_moves_manual_type', format('%s is posted by its own document', move_type));
  end if;
  if not exists (select from products p where p.id = post_stock_movement.product_id and p.kind <> 'service') then
    perform erp_private.fail('P0002', 'stock_moves_product_id_fkey', format('there is no stockable product %s', product_id));
  end if;
  return erp_private.post_stock(product_id, warehouse_id, qty, move_type, unit_cost, 'manual', null, null, lot_id, note);
end $$;
comment on function erp.post_stock_movement(bigint, bigint, numeric, text, text, bigint, numeric) is
  E'Adjusts stock by qty (signed); returns the id of the move\n@module stock';

create function erp.reverse_stock_move(id bigint, note text default '') returns bigint
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  m stock_moves;
begin
  perform erp_private.require_role('erp_warehouse', 'erp_manager', 'erp_admin');
  select * into m from stock_moves s where s.id = reverse_stock_move.id;
  if not found then
    perform erp_private.fail('P0002', 'stock_moves_pkey', format('there is no move %s', id));
  end if;
  if m.source_type is distinct from 'manual' or m.reverses_id is not null then
    perform erp_private.fail('23514', 'stock_moves_reversible', 'this move belongs to a document: correct the document');
  end if;
  return erp_private.post_stock(m.product_id, m.warehouse_id, -m.qty, m.move_type, m.unit_cost, 'manual', null, null, m.lot_id,
    note, m.id);
end $$;
comment on function erp.reverse_stock_move(bigint, text) is E'Takes a manual move back, once\n@module stock';

create function erp.transfer_stock(from_warehouse_id bigint, to_warehouse_id bigint, items jsonb, note text default '')
returns erp.stock_transfers
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  t stock_transfers;
  r record;
begin
  perform erp_private.require_role('erp_warehouse', 'erp_manager', 'erp_admin');
  insert into stock_transfers (from_warehouse_id, to_warehouse_id, note)
  values (transfer_stock.from_warehouse_id, transfer_stock.to_warehouse_id, transfer_stock.note) returning * into t;
  insert into stock_transfer_items (stock_transfer_id, line_no, product_id, lot_id, qty, received_qty)
  select t.id, row_number() over (order by w.product_id), w.product_id, w.lot_id, w.qty, w.qty
  from jsonb_to_recordset(items) w(product_id bigint, qty numeric, lot_id bigint);
  if not found then
    perform erp_private.fail('23514', 'stock_transfers_items_required', 'a transfer needs items');
  end if;
  perform erp_private.lock_stock(array_agg(i.product_id), array_agg(s.warehouse))
  from stock_transfer_items i, (values (t.from_warehouse_id), (t.to_warehouse_id)) s(warehouse)
  where i.stock_transfer_id = t.id;
  for r in
    select i.id, i.product_id, i.lot_id, s.warehouse, i.qty * s.sign as qty, s.kind
    from stock_transfer_items i,
      (values (t.from_warehouse_id, -1, 'transfer_out'), (t.to_warehouse_id, 1, 'transfer_in')) s(warehouse, sign, kind)
    where i.stock_transfer_id = t.id
    order by i.product_id, s.warehouse
  loop
    perform erp_private.post_stock(r.product_id, r.warehouse, r.qty, r.kind,
      (select b.avg_cost from stock_balances b where b.product_id = r.product_id and b.warehouse_id = t.from_warehouse_id),
      'stock_transfers', t.id, r.id, r.lot_id);
  end loop;
  update stock_transfers x set status = 'done', moved_at = now() where x.id = t.id returning * into t;
  return t;
end $$;
comment on function erp.transfer_stock(bigint, bigint, jsonb, text) is
  E'Moves goods between warehouses: items [{product_id, qty, lot_id}]\n@module stock';

create function erp.start_stock_count(warehouse_id bigint) returns erp.stock_counts
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  c stock_counts;
begin
  perform erp_private.require_role('erp_warehouse', 'erp_manager', 'erp_admin');
  insert into stock_counts (warehouse_id) values (start_stock_count.warehouse_id) returning * into c;
  insert into stock_count_items (stock_count_id, product_id, expected_qty)
  select c.id, b.product_id, b.on_hand from stock_balances b join products p on p.id = b.product_id and not p.track_lots
  where b.warehouse_id = c.warehouse_id;
  -- What is tracked by lot is counted by lot.
  insert into stock_count_items (stock_count_id, product_id, lot_id, expected_qty)
  select c.id, m.product_id, m.lot_id, sum(m.qty)
  from products p join stock_moves m on m.product_id = p.id and m.warehouse_id = c.warehouse_id
  where p.track_lots group by m.product_id, m.lot_id having sum(m.qty) <> 0;
  update stock_counts x set status = 'counting' where x.id = c.id returning * into c;
  return c;
end $$;
comment on function erp.start_stock_count(bigint) is E'Begins stocktaking in a warehouse; one at a time\n@module stock';

create function erp.post_stock_count(id bigint) returns erp.stock_counts
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  c stock_counts;
  r record;
begin
  perform erp_private.require_role('erp_warehouse', 'erp_manager', 'erp_admin');
  select * into c from stock_counts x where x.id = post_stock_count.id for no key update;
  if not found then
    perform erp_private.fail('P0002', 'stock_counts_pkey', format('there is no stock count %s', id));
  end if;
  if c.status <> 'counting' then
    perform erp_private.fail('23514', 'stock_counts_status_flow', format('a stock count that is %s cannot be posted', c.status),
      hint => 'A count is posted once; start another one with start_stock_count.');
  end if;
  perform erp_private.lock_stock(array_agg(i.product_id), array_agg(c.warehouse_id))
  from stock_count_items i where i.stock_count_id = c.id and i.counted_qty <> i.expected_qty;
  for r in
    select i.id, i.product_id, i.lot_id, i.counted_qty - i.expected_qty as diff
    from stock_count_items i
    where i.stock_count_id = c.id and i.counted_qty <> i.expected_qty order by i.product_id
  loop
    perform erp_private.post_stock(r.product_id, c.warehouse_id, r.diff, 'adjust', null, 'stock_counts', c.id, r.id, r.lot_id);
  end loop;
  update stock_counts x set status = 'posted', counted_at = now() where x.id = c.id returning * into c;
  return c;
end $$;
comment on function erp.post_stock_count(bigint) is E'Posts the differences that stocktaking found\n@module stock';

create function erp.receive_goods(purchase_order_id bigint, delivery_no text default null, items jsonb default null)
returns erp.goods_receipts
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o purchase_orders;
  g goods_receipts;
  r record;
  lot bigint;
  value numeric := 0;
  spent numeric := 0;
begin
  perform erp_private.require_role('erp_warehouse', 'erp_purchasing', 'erp_manager', 'erp_admin');
  perform from purchase_order_items i where i.purchase_order_id = receive_goods.purchase_order_id order by i.id for no key update;
  select * into o from purchase_orders p where p.id = receive_goods.purchase_order_id for no key update;
  if not found then
    perform erp_private.fail('P0002', 'purchase_orders_pkey', format('there is no purchase order %s', purchase_order_id));
  end if;
  if o.status not in ('approved', 'sent', 'partially_received') then
    perform erp_private.fail('23514', 'purchase_orders_status_flow', format('nothing is received on an order that is %s', o.status));
  end if;
  insert into goods_receipts (receipt_no, purchase_order_id, supplier_id, warehouse_id, supplier_delivery_no, status)
  values ('GR-' || erp_private.digits(nextval('erp_private.goods_receipt_no'), 6), o.id, o.supplier_id, o.warehouse_id,
    receive_goods.delivery_no, 'posted')
  returning * into g;
  perform erp_private.lock_stock(array_agg(i.product_id), array_agg(o.warehouse_id))
  from purchase_order_items i join products p on p.id = i.product_id and p.kind <> 'service' where i.purchase_order_id = o.id;
  for r in
    select i.id, i.product_id, p.kind, i.unit_price * o.exchange_rate as cost, w.lot_no,
      coalesce(w.qty, i.qty - i.received_qty) as qty, coalesce(w.qty_rejected, 0) as rejected
    from purchase_order_items i join products p on p.id = i.product_id
    left join jsonb_to_recordset(items) w(purchase_order_item_id bigint, qty numeric, qty_rejected numeric, lot_no text)
      on w.purchase_order_item_id = i.id
    where i.purchase_order_id = o.id and (items is null or w.purchase_order_item_id is not null)
      and coalesce(w.qty, i.qty - i.received_qty) > 0
    order by i.product_id, i.id
  loop
    lot := null;
    if r.lot_no is not null and r.kind <> 'service' then
      insert into lots as l (product_id, lot_no, supplier_id, qty_received)
      values (r.product_id, r.lot_no, o.supplier_id, r.qty)
      on conflict on constraint lots_no do update set qty_received = l.qty_received + excluded.qty_received
      returning l.id into lot;
    end if;
    insert into goods_receipt_items (goods_receipt_id, purchase_order_item_id, product_id, lot_id, qty_received, qty_rejected, unit_cost)
    values (g.id, r.id, r.product_id, lot, r.qty, r.rejected, r.cost);
    if r.qty > r.rejected and r.kind = 'service' then
      spent := spent + round((r.qty - r.rejected) * r.cost, 2);  -- nothing to keep: a cost from now on
    elsif r.qty > r.rejected then
      perform erp_private.post_stock(r.product_id, o.warehouse_id, r.qty - r.rejected, 'receipt', r.cost, 'goods_receipts', g.id, r.id, lot);
      value := value + round((r.qty - r.rejected) * r.cost, 2);
      update products p set cost_price = coalesce((select round(sum(b.on_hand * b.avg_cost) / nullif(sum(b.on_hand), 0), 4)
        from stock_balances b where b.product_id = p.id and b.on_hand > 0), p.cost_price) where p.id = r.product_id;
    end if;
    update purchase_order_items i set received_qty = i.received_qty + r.qty - r.rejected where i.id = r.id;
  end loop;
  if not exists (select from goods_receipt_items x where x.goods_receipt_id = g.id) then
    perform erp_private.fail('23514', 'goods_receipts_items_required', 'there is nothing to receive');
  end if;
  if value + spent > 0 then
    perform erp_private.post_entry(current_date, 'stock', 'goods_receipts', g.id, 'Goods receipt ' || g.receipt_no, jsonb_build_array(
      jsonb_build_object('account', 'accounting.stock', 'debit', value),
      jsonb_build_object('account', 'accounting.cogs', 'debit', spent),
      jsonb_build_object('account', 'accounting.received_not_billed', 'credit', value + spent, 'supplier_id', o.supplier_id)));
  end if;
  update purchase_orders p set status = case when exists (select from purchase_order_items i
      where i.purchase_order_id = o.id and i.received_qty < i.qty) then 'partially_received' else 'received' end
  where p.id = o.id and p.status <> case when exists (select from purchase_order_items i
      where i.purchase_order_id = o.id and i.received_qty < i.qty) then 'partially_received' else 'received' end;
  return g;
end $$;
comment on function erp.receive_goods(bigint, text, jsonb) is
  E'Receives what was ordered, or items [{purchase_order_item_id, qty, qty_rejected, lot_no}], into stock; services are a cost at once\n@module purchasing';
