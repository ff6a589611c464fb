-- Every invariant of the ERP as a query that must count nothing.
-- SPDX-License-Identifier: ISC

-- In two halves, so that the generator of demo data can run them side by side.
create function erp_private.check_goods() returns table (check_name text, bad_count bigint)
language sql stable security definer set search_path = erp, pg_temp as $$
  select 'sales_orders: totals are the sums of the lines', count(*)
  from sales_orders o left join (select sales_order_id, sum(line_total) as total, sum(line_tax) as tax from sales_order_items group by 1) s
    on s.sales_order_id = o.id
  where (o.subtotal, o.tax_amount) is distinct from (coalesce(s.total, 0), coalesce(s.tax, 0))
  union all
  select 'sales_orders: delivery and billing status follow the lines', count(*)
  from sales_orders o join (
    select sales_order_id,
      case when sum(delivered_qty) = 0 then 'none' when bool_and(delivered_qty >= qty) then 'full' else 'partial' end as delivery,
      case when sum(invoiced_qty) = 0 then 'none' when bool_and(invoiced_qty >= qty) then 'full' else 'partial' end as billing
    from sales_order_items group by 1) s on s.sales_order_id = o.id
  where (o.delivery_status, o.billing_status) is distinct from (s.delivery, s.billing)
  union all
  select 'sales_order_items: delivered_qty is what deliveries say', count(*)
  from sales_order_items i left join (
    select x.sales_order_item_id, sum(x.qty - x.returned_qty) as qty from delivery_items x join deliveries d on d.id = x.delivery_id
    where d.status in ('shipped', 'delivered') group by 1) s on s.sales_order_item_id = i.id
  where i.delivered_qty <> coalesce(s.qty, 0)
  union all
  select 'sales_order_items: invoiced_qty is what invoices say', count(*)
  from sales_order_items i left join (
    select x.sales_order_item_id, sum(x.qty) as qty from invoice_items x join invoices v on v.id = x.invoice_id
    where v.status not in ('draft', 'cancelled') and x.sales_order_item_id is not null group by 1) s on s.sales_order_item_id = i.id
  where i.invoiced_qty <> coalesce(s.qty, 0)
  union all
  select 'purchase_orders: totals are the sums of the lines', count(*)
  from purchase_orders o left join (select purchase_order_id, sum(line_total) as total, sum(line_tax) as tax
    from purchase_order_items group by 1) s on s.purchase_order_id = o.id
  where (o.subtotal, o.tax_amount) is distinct from (coalesce(s.total, 0), coalesce(s.tax, 0))
  union all
  select 'purchase_order_items: received_qty is what receipts say', count(*)
  from purchase_order_items i left join (
    select x.purchase_order_item_id, sum(x.qty_received - x.qty_rejected) as qty from goods_receipt_items x
    join goods_receipts g on g.id = x.goods_receipt_id where g.status = 'posted' group by 1) s on s.purchase_order_item_id = i.id
  where i.received_qty <> coalesce(s.qty, 0)
  union all
  select 'purchase_order_items: invoiced_qty is what invoices say', count(*)
  from purchase_order_items i left join (
    select x.purchase_order_item_id, sum(x.qty) as qty from invoice_items x join invoices v on v.id = x.invoice_id
    where v.status not in ('draft', 'cancelled') and x.purchase_order_item_id is not null group by 1) s on s.purchase_order_item_id = i.id
  where i.invoiced_qty <> coalesce(s.qty, 0)
  union all
  select 'stock_balances: on_hand is the sum of the ledger', count(*)
  from (select product_id, warehouse_id, sum(qty) as qty from stock_moves group by 1, 2) m
  full join stock_balances b using (product_id, warehouse_id)
  where coalesce(b.on_hand, 0) <> coalesce(m.qty, 0)
  union all
  select 'stock_moves: qty_after is the running sum', count(*)
  from (select qty_after, sum(qty) over (partition by product_id, warehouse_id order by id rows unbounded preceding) as running
        from stock_moves) m
  where m.qty_after <> m.running
  union all
  select 'stock_balances: reserved is the sum of the open reservations', count(*)
  from stock_balances b left join (
    select product_id, warehouse_id, sum(qty) as qty from stock_reservations where released_at is null group by 1, 2) r
    using (product_id, warehouse_id)
  where b.reserved <> coalesce(r.qty, 0)
  union all
  select 'stock_reservations: what is reserved is still to be delivered, by an order that is open', count(*)
  from (select sales_order_item_id, sum(qty) as qty from stock_reservations where released_at is null group by 1) r
  left join sales_order_items i on i.id = r.sales_order_item_id
  left join sales_orders o on o.id = i.sales_order_id and o.status in ('confirmed', 'picking', 'on_hold')
  where o.id is null or r.qty > i.qty - i.delivered_qty
  union all
  select 'products: current_stock is the sum of the balances', count(*)
  from products p left join (select product_id, sum(on_hand) as qty from stock_balances group by 1) b on b.product_id = p.id
  where p.current_stock <> coalesce(b.qty, 0)
  union all
  select 'stock_balances: allow_negative is that of the warehouse', count(*)
  from stock_balances b join warehouses w on w.id = b.warehouse_id where b.allow_negative <> w.allow_negative
  union all
  select 'invoices: totals are the sums of the lines', count(*)
  from invoices v left join (select invoice_id, sum(line_total) as total, sum(line_tax) as tax from invoice_items group by 1) s
    on s.invoice_id = v.id
  where (v.subtotal, v.tax_amount) is distinct from (coalesce(s.total, 0), coalesce(s.tax, 0))
  union all
  select 'sales sums: what the reports read is what was ordered, for each day, product and salesperson', count(*)
  from (select d.subject::text, case d.subject when 'company' then d.day end as day, d.subject_id, sum(d.orders) as orders, sum(d.qty) as qty,
          sum(d.revenue) as revenue
        from erp_private.sales_daily d where d.span in ('day', 'new') group by 1, 2, 3) s
  full join (
    select 'company' as subject, o.order_date as day, 0 as subject_id, count(*) as orders, 0 as qty, sum(o.base_total) as revenue
    from sales_orders o where o.status not in ('draft', 'cancelled') group by 2
    union all
    select 'salesperson', null, coalesce(o.salesperson_id, 0), count(*), 0, sum(o.base_total)
    from sales_orders o where o.status not in ('draft', 'cancelled') group by 3
    union all
    select 'product', null, i.product_id, count(distinct o.id), sum(i.qty), sum(round(i.line_total * o.exchange_rate, 2))
    from sales_orders o join sales_order_items i on i.sales_order_id = o.id where o.status not in ('draft', 'cancelled') group by 3
    union all
    select 'unassigned', null, i.product_id, count(distinct o.id), sum(i.qty), sum(round(i.line_total * o.exchange_rate, 2))
    from sales_orders o join sales_order_items i on i.sales_order_id = o.id
    where o.salesperson_id is null and o.status not in ('draft', 'cancelled') group by 3) t
    on t.subject = s.subject and coalesce(t.day, 'epoch') = coalesce(s.day, 'epoch') and t.subject_id = s.subject_id
  where (coalesce(s.orders, 0), coalesce(s.qty, 0), coalesce(s.revenue, 0))
    <> (coalesce(t.orders, 0), coalesce(t.qty, 0), coalesce(t.revenue, 0))
  union all
  select 'sales sums: days, months and years are the same sales', count(*)
  from (select d.subject, d.subject_id from erp_private.sales_daily d where d.span <> 'new' group by 1, 2
        having sum(d.revenue) filter (where d.span = 'day') is distinct from sum(d.revenue) filter (where d.span = 'month')
          or sum(d.revenue) filter (where d.span = 'day') is distinct from sum(d.revenue) filter (where d.span = 'year')
          or sum(d.qty) filter (where d.span = 'day') is distinct from sum(d.qty) filter (where d.span = 'month')
          or sum(d.qty) filter (where d.span = 'day') is distinct from sum(d.qty) filter (where d.span = 'year')) t
$$;

create function erp_private.check_books() returns table (check_name text, bad_count bigint)
language sql stable security definer set search_path = erp, pg_temp as $$
  select 'invoices: paid_amount is the sum of the allocations', count(*)
  from invoices v left join (select invoice_id, sum(amount) as amount from payment_allocations group by 1) a on a.invoice_id = v.id
  where v.paid_amount <> coalesce(a.amount, 0)
  union all
  select 'invoices: the status follows what is paid', count(*)
  from invoices v
  where v.status in ('issued', 'partially_paid', 'paid')
    and v.status <> case when v.paid_amount = 0 then 'issued' when v.balance = 0 then 'paid' else 'partially_paid' end
  union all
  select 'invoices: issued ones are in the journal with the same total, in the base currency', count(*)
  from invoices v left join journal_entries e on e.id = v.journal_entry_id and e.state = 'posted'
  left join (select l.journal_entry_id, sum(l.debit + l.credit) as amount from journal_lines l join accounts a on a.id = l.account_id
    where a.subtype in ('receivable', 'payable') group by 1) t on t.journal_entry_id = e.id
  where v.status in ('issued', 'partially_paid', 'paid') and t.amount is distinct from v.base_total
  union all
  select 'sales_orders: no more discount is given than the order has', count(*)
  from (select v.sales_order_id, sum(v.discount_amount) as given from invoices v
        where v.discount_amount <> 0 and v.status <> 'cancelled' group by 1) g
  left join sales_orders o on o.id = g.sales_order_id
  where g.given > coalesce(o.discount_amount, 0)
  union all
  select 'payments: allocated_amount is the sum of the allocations', count(*)
  from payments p left join (select payment_id, sum(amount) as amount from payment_allocations group by 1) a on a.payment_id = p.id
  where p.allocated_amount <> coalesce(a.amount, 0)
  union all
  select 'payments: they are in the journal with the same amount, in the base currency', count(*)
  from payments p left join journal_entries e on e.id = p.journal_entry_id and e.state = 'posted'
  left join journal_entries r on r.reverses_id = e.id
  left join (select x.id, sum(case x.direction when 'in' then l.debit else l.credit end) as amount
    from payments x join journal_lines l on l.journal_entry_id = x.journal_entry_id and l.account_id = x.account_id group by 1) t on t.id = p.id
  where t.amount is distinct from p.base_amount or p.status = 'cancelled' and r.id is null
  union all
  select 'invoices: what is paid is off the books, to the cent once all of it is', count(*)
  from invoices v join (select invoice_id, sum(base_amount) as base from payment_allocations group by 1) a on a.invoice_id = v.id
  where a.base > v.base_total or v.balance = 0 and a.base <> v.base_total
  union all
  select 'receivables and payables: the books owe what invoices and payments leave open, party by party', count(*)
  from (select l.customer_id, l.supplier_id, sum(l.debit - l.credit) as amount
        from journal_lines l join journal_entries e on e.id = l.journal_entry_id and e.state = 'posted'
        join accounts a on a.id = l.account_id and a.subtype in ('receivable', 'payable')
        left join journal_entries r on r.id = e.reverses_id
        where coalesce(r.source_type, e.source_type) in ('invoices', 'payments')
        group by 1, 2) b
  full join (
    select customer_id, supplier_id, sum(amount) as amount from (
      select v.customer_id, v.supplier_id, case v.kind when 'sales' then v.base_total else -v.base_total end as amount
      from invoices v where v.status in ('issued', 'partially_paid', 'paid')
      union all
      select p.customer_id, p.supplier_id, (case p.direction when 'in' then -1 else 1 end)
        * (round((p.amount - p.allocated_amount) * p.exchange_rate, 2) + coalesce(x.base, 0))
      from payments p left join (select payment_id, sum(base_amount) as base from payment_allocations group by 1) x on x.payment_id = p.id
      where p.status = 'posted') t group by 1, 2) d
    on coalesce(d.customer_id, 0) = coalesce(b.customer_id, 0) and coalesce(d.supplier_id, 0) = coalesce(b.supplier_id, 0)
  where coalesce(b.amount, 0) <> coalesce(d.amount, 0)
  union all
  select 'journal_entries: posted ones balance', count(*)
  from journal_entries e left join (
    select journal_entry_id, sum(debit) as debit, sum(credit) as credit, count(*) as n from journal_lines group by 1) l
    on l.journal_entry_id = e.id
  where e.state = 'posted' and (l.n is null or l.n < 2 or l.debit <> l.credit or l.debit <> e.total_debit)
  union all
  select 'journal_lines: none is booked on a heading', count(*)
  from journal_lines l join accounts a on a.id = l.account_id where a.is_group
  union all
  select 'accounts: none is below itself', count(*)
  from (with recursive up(id, above) as (
          select a.id, a.parent_id from accounts a where a.parent_id is not null
          union
          select u.id, p.parent_id from up u join accounts p on p.id = u.above where p.parent_id is not null)
        select from up where above = id) c
  union all
  select 'users: there is an administrator', case when exists (select from users u where u.role = 'erp_admin' and u.is_active)
    or not exists (select from users) then 0 else 1 end
  union all
  select 'accounts: sums by day are those of the journal', count(*)
  from (select l.account_id, e.entry_date as day, sum(l.debit) as debit, sum(l.credit) as credit
        from journal_lines l join journal_entries e on e.id = l.journal_entry_id where e.state = 'posted' group by 1, 2) j
  full join erp_private.account_days d using (account_id, day)
  where (j.debit, j.credit) is distinct from (d.debit, d.credit)
  union all
  select 'journal_entries: numbers have no gaps', count(*)
  from (select n - lag(n) over (partition by year order by n) as step
        from (select split_part(entry_no, '-', 2)::int as year, split_part(entry_no, '-', 3)::bigint as n
              from journal_entries where entry_no is not null) t) s
  where s.step <> 1
  union all
  select 'invoices: numbers have no gaps', count(*)
  from (select n - lag(n) over (partition by kind, year order by n) as step
        from (select kind, split_part(invoice_no, '-', 2)::int as year, split_part(invoice_no, '-', 3)::bigint as n
              from invoices where invoice_no is not null) t) s
  where s.step <> 1
  union all
  select 'tallies: active products and customers', count(*)
  from (values ('products', (select count(*) from products where is_active)), ('customers', (select count(*) from customers where is_active))) t(name, n)
  where t.n <> (select coalesce(sum(x.n), 0) from erp_private.tallies x where x.name = t.name)
  union all
  select 'samples: the current round is the last one, and decided as the status says', count(*)
  from samples s join lateral (
    select r.round, r.decision from sample_rounds r where r.sample_id = s.id order by r.round desc limit 1) r on true
  where r.round <> s.current_round or (s.status in ('approved', 'approved_with_comments') and r.decision is distinct from s.status)
  union all
  select 'buyer_order_lines: qty and shipped_qty are the sums of the sizes', count(*)
  from buyer_order_lines l left join (
    select buyer_order_line_id, sum(qty) as qty, sum(shipped_qty) as shipped from buyer_order_sizes group by 1) z
    on z.buyer_order_line_id = l.id
  where (l.qty, l.shipped_qty) is distinct from (coalesce(z.qty, 0), coalesce(z.shipped, 0))
  union all
  select 'buyer_orders: totals are the sums of the lines', count(*)
  from buyer_orders o left join (select buyer_order_id, sum(qty) as qty, sum(line_value) as value from buyer_order_lines group by 1) l
    on l.buyer_order_id = o.id
  where (o.total_qty, o.total_value) is distinct from (coalesce(l.qty, 0), coalesce(l.value, 0))
  union all
  select 'buyer_order_sizes: counters are the sums of the hourly output', count(*)
  from buyer_order_sizes z left join (
    select p.buyer_order_line_id, x.size_id,
      coalesce(sum(x.good_qty) filter (where x.stage = 'cutting'), 0) as cut, coalesce(sum(x.good_qty) filter (where x.stage = 'sewing'), 0) as sewn,
      coalesce(sum(x.good_qty) filter (where x.stage = 'finishing'), 0) as finished, coalesce(sum(x.good_qty) filter (where x.stage = 'packing'), 0) as packed
    from production_outputs x join production_orders p on p.id = x.production_order_id group by 1, 2) t
    on t.buyer_order_line_id = z.buyer_order_line_id and t.size_id = z.size_id
  where (z.cut_qty, z.sewn_qty, z.finished_qty, z.packed_qty)
    is distinct from (coalesce(t.cut, 0), coalesce(t.sewn, 0), coalesce(t.finished, 0), coalesce(t.packed, 0))
  union all
  select 'buyer_order_sizes: shipped_qty is what left in cartons', count(*)
  from buyer_order_sizes z left join (
    select i.buyer_order_line_id, i.size_id, sum(i.qty) as qty from carton_items i join cartons c on c.id = i.carton_id
    join shipments s on s.id = c.shipment_id where s.status in ('loaded', 'in_transit', 'arrived', 'cleared', 'delivered') group by 1, 2) t
    on t.buyer_order_line_id = z.buyer_order_line_id and t.size_id = z.size_id
  where z.shipped_qty <> coalesce(t.qty, 0)
  union all
  select 'shipments: cartons is the number of its cartons', count(*)
  from shipments s left join (select shipment_id, count(*) as n from cartons group by 1) c on c.shipment_id = s.id
  where s.cartons <> coalesce(c.n, 0)
  union all
  select 'styles: smv is the sum of the operations with the allowance', count(*)
  from styles s left join (select style_id, sum(basic_minutes) as minutes from style_operations where style_variant_id is null group by 1) o
    on o.style_id = s.id
  where s.smv <> round(coalesce(o.minutes, 0) * erp_private.setting_number('smv.allowance_factor'), 3)
  union all
  select 'presentations: slide_count is the number of slides', count(*)
  from presentations p left join (select presentation_id, count(*) as n from slides group by 1) s on s.presentation_id = p.id
  where p.slide_count <> coalesce(s.n, 0)
  union all
  select 'view_sessions: duration_ms is the sum of the views', count(*)
  from view_sessions v left join (select session_id, sum(duration_ms) as ms from slide_views group by 1) w on w.session_id = v.id
  where v.duration_ms <> coalesce(w.ms, 0)
  union all
  select 'product_categories: path is that of the parent and the code', count(*)
  from product_categories c left join product_categories p on p.id = c.parent_id
  where c.path <> coalesce(p.path, '/') || c.code || '/'
  union all
  select 'role_permissions: the mirror is the grants', count(*)
  from roles r cross join erp_private.table_groups t
  cross join (values ('view', 'select'), ('add', 'insert'), ('change', 'update'), ('delete', 'delete')) a(action, privilege)
  left join role_permissions p on p.role = r.name and p.table_name = t.table_name and p.action = a.action
  where (p.role is not null) <> case a.privilege when 'delete' then has_table_privilege(r.name, format('erp.%I', t.table_name), 'delete')
    else has_any_column_privilege(r.name, format('erp.%I', t.table_name), a.privilege) end
$$;

create function erp.check_integrity() returns table (check_name text, bad_count bigint)
language sql stable security definer set search_path = erp, pg_temp as $$
  select * from erp_private.check_goods() union all select * from erp_private.check_books()
$$;
comment on function erp.check_integrity() is E'Every invariant as a count of what breaks it: all must be 0\n@module reports';

revoke execute on function erp.check_integrity(), erp_private.check_goods(), erp_private.check_books() from public;
insert into erp_private.function_rights values ('check_integrity', '{erp_analyst,erp_manager,erp_admin}');
grant execute on function erp.check_integrity() to erp_analyst, erp_manager, erp_admin;
