-- What the functions of all documents share: who may touch which, changes of status, repeated requests, prices.
-- SPDX-License-Identifier: ISC

-- The roles that read whole tables.
create function erp_private.readers() returns text[]
language sql immutable as $$
  select array['erp_viewer', 'erp_purchasing', 'erp_warehouse', 'erp_merchandiser', 'erp_accountant', 'erp_analyst',
               'erp_manager', 'erp_admin']
$$;

-- The row-level rule of the caller, for functions that run as the owner: a salesperson has own and unassigned orders,
-- a merchandiser own buyers, styles and orders. Somebody else's document does not exist for them.
create function erp_private.require_own(tbl text, doc bigint) returns void
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  owner bigint;
  found_it boolean := false;
begin
  execute format('select true from erp.%I where id = $1', tbl) into found_it using doc;
  if tbl in ('customers', 'sales_orders', 'deliveries')
     and not erp_private.caller_is('erp_warehouse', 'erp_accountant', 'erp_manager', 'erp_admin') then
    select case tbl
      when 'customers' then (select c.salesperson_id from customers c where c.id = doc)
      when 'sales_orders' then (select o.salesperson_id from sales_orders o where o.id = doc)
      else (select o.salesperson_id from deliveries d join sales_orders o on o.id = d.sales_order_id where d.id = doc) end
    into owner;
    found_it := found_it and (owner is null or owner is not distinct from erp.uid());
  elsif tbl in ('styles', 'buyer_orders', 'samples', 'presentations')
     and not erp_private.caller_is('erp_warehouse', 'erp_manager', 'erp_admin') then
    select case tbl
      when 'styles' then (select s.merchandiser_id from styles s where s.id = doc)
      when 'buyer_orders' then (select o.merchandiser_id from buyer_orders o where o.id = doc)
      when 'samples' then (select b.merchandiser_id from samples s join buyers b on b.id = s.buyer_id where s.id = doc)
      else (select p.owner_id from presentations p where p.id = doc) end
    into owner;
    found_it := found_it and owner is not distinct from erp.uid();
  end if;
  if found_it is not true then
    perform erp_private.fail('P0002', tbl || '_pkey', format('there is no row %s in %s', coalesce(doc::text, 'null'), tbl));
  end if;
end $$;

create function erp_private.check_version(tbl text, wanted bigint, actual bigint) returns void
language plpgsql immutable as $$
begin
  if wanted is not null and wanted <> actual then
    perform erp_private.fail('PT409', tbl || '_row_version', 'somebody else has changed this in the meantime',
      json_build_object('expected', wanted, 'actual', actual)::text, 'Load it again and repeat your change.');
  end if;
end $$;

create function erp_private.because(reason text) returns void
language sql as $$ select set_config('erp.reason', coalesce(reason, ''), true) $$;

-- Status changes that need nothing but the workflow. What is missing here has a function of its own.
create function erp_private.free_statuses(document text) returns text[]
language sql immutable as $$
  select case document
    when 'sales_orders' then '{picking,on_hold,confirmed,delivered,closed}'::text[]
    when 'deliveries' then '{delivered}'
    when 'purchase_orders' then '{approved,sent,closed,cancelled}'
    when 'styles' then '{development,approved,in_production,archived}'
    when 'samples' then '{in_development,on_hold,cancelled}'
    when 'buyer_orders' then '{confirmed,in_production,partially_shipped,shipped,invoiced,closed,on_hold,cancelled}'
    when 'production_orders' then
      '{materials_issued,cutting,sewing,finishing,packing,ready,completed,on_hold,planned,cancelled}'
    when 'shipments' then '{cargo_ready,loaded,in_transit,arrived,cleared,delivered,cancelled}'
  end
$$;

create function erp.set_status(document text, id bigint, status text, reason text default null) returns jsonb
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  was text;
  doc jsonb;
begin
  if not set_status.status = any (coalesce(erp_private.free_statuses(document), '{}')) then
    perform erp_private.fail('22023', 'set_status_known', format('%s cannot be set to %s here', document, set_status.status),
      hint => 'confirm_order, ship_order, cancel_order, submit_sample, decide_sample and the like do the rest.');
  end if;
  if not has_any_column_privilege(erp_private.caller_role(), format('erp.%I', document), 'update')
     and not (document = 'deliveries' and erp_private.caller_is('erp_warehouse')) then
    perform erp_private.fail('42501', 'set_status_right', format('role %s may not change %s', erp_private.caller_role(), document));
  end if;
  perform erp_private.require_own(document, id);
  -- FOR UPDATE: approving sets a number, which is a key (see lock_order).
  execute format('select d.status from erp.%I d where d.id = $1 for update', document) into was using id;
  if was = set_status.status then
    perform erp_private.fail('23514', document || '_status_flow', format('%s %s is %s already', document, id, was));
  end if;
  if document = 'sales_orders' and set_status.status = 'confirmed' and was <> 'on_hold' then
    perform erp_private.fail('22023', 'set_status_known', 'orders are confirmed by confirm_order');
  end if;
  if document = 'sales_orders' and was = 'on_hold' then
    perform erp_private.check_credit_again(id);
  end if;
  perform erp_private.because(reason);
  if document = 'purchase_orders' and set_status.status = 'approved' then
    update purchase_orders o set approved_by = erp.uid(), approved_at = now(), status = 'approved',
      po_no = coalesce(o.po_no, 'PO-' || erp_private.digits(nextval('erp_private.purchase_order_no'), 6))
    where o.id = set_status.id;
  elsif document = 'deliveries' then
    update deliveries d set status = 'delivered', delivered_at = greatest(now(), d.shipped_at) where d.id = set_status.id;
  else
    execute format('update erp.%I d set status = $1 where d.id = $2', document) using set_status.status, id;
    if document = 'shipments' and set_status.status = 'loaded' then
      perform erp_private.load_shipment(id);
    end if;
  end if;
  execute format('select to_jsonb(d) - ''search'' from erp.%I d where d.id = $1', document) into doc using id;
  return doc;
end $$;
comment on function erp.set_status(text, bigint, text, text) is
  E'Moves a document along its workflow (doc_transitions) and returns it\n@module workflow';

-- What is on board has left: counters of the order, and stock out of the warehouses that it was packed into. A line that was packed
-- in several takes from each what is left there of its pieces, the earliest production order first.
create function erp_private.load_shipment(shipment bigint) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  r record;
  place record;
  part numeric;
begin
  perform erp_private.lock_lines(array_agg(i.buyer_order_line_id))
  from carton_items i join cartons c on c.id = i.carton_id where c.shipment_id = shipment;
  perform erp_private.lock_stock(array_agg(z.product_id), array_agg(p.warehouse_id))
  from carton_items i join cartons c on c.id = i.carton_id
  join buyer_order_sizes z on z.buyer_order_line_id = i.buyer_order_line_id and z.size_id = i.size_id
  join production_orders p on p.buyer_order_line_id = i.buyer_order_line_id
  where c.shipment_id = shipment;
  update buyer_order_sizes z set shipped_qty = z.shipped_qty + t.qty
  from (select i.buyer_order_line_id, i.size_id, sum(i.qty) as qty
        from carton_items i join cartons c on c.id = i.carton_id where c.shipment_id = shipment group by 1, 2) t
  where z.buyer_order_line_id = t.buyer_order_line_id and z.size_id = t.size_id;
  for r in
    select i.buyer_order_line_id as line, i.size_id, z.product_id, sum(i.qty)::numeric as qty
    from carton_items i join cartons c on c.id = i.carton_id
    join buyer_order_sizes z on z.buyer_order_line_id = i.buyer_order_line_id and z.size_id = i.size_id
    where c.shipment_id = shipment
    group by 1, 2, 3 order by 3, 1
  loop
    for place in
      select w.warehouse_id, w.packed + (select coalesce(sum(m.qty), 0) from stock_moves m where m.source_type = 'shipments'
          and m.product_id = r.product_id and m.warehouse_id = w.warehouse_id and m.source_line_id = r.line) as there,
        row_number() over (order by w.first_order desc) = 1 as last_one
      from (select p.warehouse_id, min(p.id) as first_order, coalesce(sum(o.good_qty), 0) as packed
            from production_orders p
            left join production_outputs o on o.production_order_id = p.id and o.size_id = r.size_id and o.stage = 'packing'
            where p.buyer_order_line_id = r.line group by 1) w
      order by w.first_order
    loop
      -- What is found nowhere is asked of the last one, which says what is missing.
      part := case when place.last_one then r.qty else least(r.qty, greatest(place.there, 0)) end;
      if part > 0 then
        perform erp_private.post_stock(r.product_id, place.warehouse_id, -part, 'issue', null, 'shipments', shipment, r.line);
        r.qty := r.qty - part;
      end if;
    end loop;
  end loop;
end $$;

-- A request that is sent twice is done once: the second one gets the answer of the first.
create function erp_private.replayed(key uuid, fn text, request jsonb) returns jsonb
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  earlier idempotency_keys;
begin
  if key is null then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(key::text, coalesce(erp.uid(), 0)));
  select * into earlier from idempotency_keys k where k.key = replayed.key and k.user_id = coalesce(erp.uid(), 0);
  if not found then
    return null;
  end if;
  if earlier.fn <> replayed.fn or earlier.request_hash <> sha256(convert_to(request::text, 'UTF8')) then
    perform fail('PT409', 'idempotency_keys_pkey', 'this idempotency key was used for another request',
      hint => 'Make a new key for every new request.');
  end if;
  return earlier.response;
end $$;

create function erp_private.remember(key uuid, fn text, request jsonb, response jsonb) returns void
language sql security definer set search_path = erp_private, pg_temp as $$
  insert into idempotency_keys (key, user_id, fn, request_hash, response)
  select key, coalesce(erp.uid(), 0), fn, sha256(convert_to(request::text, 'UTF8')), response where key is not null
$$;

-- The price in a currency whose rate is given: from the list, else that of the product, converted where it is in another one.
create function erp_private.price_for(list bigint, product bigint, quantity numeric, currency text, rate numeric, day date) returns numeric
language sql stable security definer set search_path = erp, pg_temp as $$
  select case t.currency_code when price_for.currency then t.price
    else round(t.price * erp_private.rate_on(t.currency_code, day) / rate, 4) end
  from (
    (select 1 as n, l.currency_code, i.price from price_list_items i join price_lists l on l.id = i.price_list_id
     where i.price_list_id = list and i.product_id = product and i.min_qty <= quantity and l.is_active
       and day >= coalesce(l.valid_from, day) and day <= coalesce(l.valid_to, day)
     order by i.min_qty desc limit 1)
    union all
    select 2, p.currency_code, p.sale_price from products p where p.id = product) t
  order by t.n limit 1
$$;
