-- Reports and lists. STABLE: callable by GET, cacheable. They run with the rights of the caller, so row-level rules hold,
-- except for the dashboard, which may count what its reader may not list, and the trial balance, whose sums by day nobody reads.
-- SPDX-License-Identifier: ISC

create function erp.dashboard_stats(days int default 30, as_of date default current_date) returns jsonb
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  -- A salesperson sees own figures, everybody else those of the company.
  only_mine bigint := case when erp_private.caller_is('erp_sales')
    and not erp_private.caller_is('erp_viewer', 'erp_manager', 'erp_admin', 'erp_accountant', 'erp_analyst') then coalesce(erp.uid(), -1) end;
  first date := as_of - days;
begin
  return jsonb_build_object(
    'days', days,
    'products', (select count(*) from products p where p.is_active),
    'customers', (select count(*) from customers c where c.is_active and (only_mine is null or c.salesperson_id = only_mine)),
    'low_stock', (select count(*) from products p where p.current_stock <= p.minimum_stock and p.minimum_stock > 0 and p.is_active),
    'open_orders', (select count(*) from sales_orders o where o.status in ('confirmed', 'picking', 'on_hold')
      and (only_mine is null or o.salesperson_id = only_mine)),
    'overdue_invoices', (select count(*) from invoices v where v.balance > 0 and v.status in ('issued', 'partially_paid')
      and v.due_date < as_of and v.kind = 'sales'
      and (only_mine is null or exists (select from customers c where c.id = v.customer_id and c.salesperson_id = only_mine))))
    || (select jsonb_build_object('orders', count(*), 'revenue', coalesce(sum(o.total_amount), 0),
          'average_order', coalesce(round(avg(o.total_amount), 2), 0))
        from sales_orders o
        where o.order_date > first and o.order_date <= as_of and o.status not in ('draft', 'cancelled')
          and (only_mine is null or o.salesperson_id = only_mine));
end $$;
comment on function erp.dashboard_stats(int, date) is E'Figures of the first screen\n@module reports';

create function erp.customer_order_history(customer_id bigint, from_date date default '2000-01-01', to_date date default '2999-12-31')
returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(to_jsonb(h) order by h.order_date desc, h.id desc), '[]')
  from (
    select o.id, o.order_no, o.order_date, o.status, o.total_amount,
      (select jsonb_agg(jsonb_build_object('line_no', i.line_no, 'qty', i.qty, 'unit_price', i.unit_price, 'line_total', i.line_total,
         'sku', p.sku, 'name', p.name) order by i.line_no)
       from erp.sales_order_items i join erp.products p on p.id = i.product_id where i.sales_order_id = o.id) as items
    from erp.sales_orders o
    where o.customer_id = customer_order_history.customer_id and o.order_date between from_date and to_date
    order by o.order_date desc, o.id desc limit 200) h
$$;
comment on function erp.customer_order_history(bigint, date, date) is E'The newest 200 orders of a customer, with items\n@module reports';

create function erp.sales_by_month(from_date date, to_date date, group_by text default 'month')
returns table (period date, orders bigint, revenue numeric, average_order numeric)
language sql stable as $$
  select date_trunc(case when group_by in ('day', 'week', 'month', 'quarter', 'year') then group_by else 'month' end, d.order_date)::date,
    sum(d.orders)::bigint, sum(d.revenue), round(sum(d.revenue) / sum(d.orders), 2)
  from (select o.order_date, count(*) as orders, sum(o.total_amount) as revenue
        from erp.sales_orders o
        where o.order_date between from_date and to_date and o.status not in ('draft', 'cancelled')
        group by 1) d
  group by 1 order by 1
$$;
comment on function erp.sales_by_month(date, date, text) is E'Sales by day, week, month, quarter or year\n@module reports';

create function erp.top_products(from_date date, to_date date, n int default 20)
returns table (product_id bigint, sku text, name text, qty numeric, revenue numeric)
language sql stable as $$
  select p.id, p.sku, p.name, t.qty, t.revenue
  from (select i.product_id, sum(i.qty) as qty, sum(i.line_total) as revenue
        from erp.sales_orders o join erp.sales_order_items i on i.sales_order_id = o.id
        where o.order_date between from_date and to_date and o.status not in ('draft', 'cancelled')
        group by 1 order by 3 desc, 1 limit least(n, 1000)) t
  join erp.products p on p.id = t.product_id
  order by t.revenue desc, p.id
$$;
comment on function erp.top_products(date, date, int) is E'What sold best\n@module reports';

create function erp.sales_by_salesperson(from_date date, to_date date)
returns table (salesperson_id bigint, full_name text, orders bigint, revenue numeric)
language sql stable as $$
  select o.salesperson_id, u.full_name, count(*), sum(o.total_amount)
  from erp.sales_orders o left join erp.users u on u.id = o.salesperson_id
  where o.order_date between from_date and to_date and o.status not in ('draft', 'cancelled')
  group by 1, 2 order by 4 desc
$$;
comment on function erp.sales_by_salesperson(date, date) is E'Sales by salesperson\n@module reports';

create function erp.buyer_order_book(season_id bigint default null, buyer_id bigint default null)
returns table (buyer_id bigint, buyer_name text, season_id bigint, season text, orders bigint, qty bigint, value numeric,
  shipped_qty bigint, balance_qty bigint, next_ex_factory date)
language sql stable as $$
  select o.buyer_id, b.buyer_name, o.season_id, s.code, count(*), sum(o.total_qty), sum(o.total_value), sum(l.shipped)::bigint,
    (sum(o.total_qty) - sum(l.shipped))::bigint,
    min(o.ex_factory_date) filter (where o.status in ('received', 'confirmed', 'in_production', 'partially_shipped'))
  from erp.buyer_orders o
  join erp.buyers b on b.id = o.buyer_id
  left join erp.seasons s on s.id = o.season_id
  cross join lateral (select coalesce(sum(x.shipped_qty), 0) as shipped from erp.buyer_order_lines x where x.buyer_order_id = o.id) l
  where o.status <> 'cancelled'
    and (buyer_order_book.season_id is null or o.season_id = buyer_order_book.season_id)
    and (buyer_order_book.buyer_id is null or o.buyer_id = buyer_order_book.buyer_id)
  group by 1, 2, 3, 4 order by 7 desc
$$;
comment on function erp.buyer_order_book(bigint, bigint) is E'Orders on the books, by buyer and season\n@module reports';

create function erp.tna_overdue(user_id bigint default null, as_of date default current_date) returns setof erp.tna_tasks
language sql stable as $$
  select t.* from erp.tna_tasks t
  where t.actual_end is null and t.status in ('pending', 'started') and t.planned_end < as_of
    and (tna_overdue.user_id is null or t.responsible_id = tna_overdue.user_id)
  order by t.planned_end, t.id
$$;
comment on function erp.tna_overdue(bigint, date) is E'Tasks of the calendar that are late\n@module reports';

create function erp.sample_turnaround(from_date date, to_date date, buyer_id bigint default null)
returns table (sample_type text, samples bigint, days_to_submit numeric, days_to_decide numeric, first_round_approval_pct numeric,
  average_rounds numeric)
language sql stable as $$
  select s.sample_type, count(distinct s.id),
    round(avg((r.submitted_at::date - r.started_on)) filter (where r.submitted_at is not null), 1),
    round((avg(extract(epoch from r.decided_at - r.submitted_at)) / 86400)::numeric, 1),
    round(100.0 * count(*) filter (where r.round = 1 and r.decision like 'approved%')
      / nullif(count(*) filter (where r.round = 1 and r.decision is not null), 0), 1),
    round(count(*)::numeric / count(distinct s.id), 2)
  from erp.samples s join erp.sample_rounds r on r.sample_id = s.id
  where s.created_at >= from_date and s.created_at < to_date + 1
    and (sample_turnaround.buyer_id is null or s.buyer_id = sample_turnaround.buyer_id)
  group by 1 order by 1
$$;
comment on function erp.sample_turnaround(date, date, bigint) is E'How long samples take and how many rounds\n@module reports';

create function erp.presentation_engagement(presentation_id bigint, from_date date default '2000-01-01', to_date date default '2999-12-31')
returns table (slide_id bigint, "position" int, title text, views bigint, viewers bigint, average_ms numeric, p50_ms numeric, exits bigint)
language sql stable as $$
  select s.id, s.position, s.title, coalesce(sum(d.views), 0)::bigint, coalesce(sum(d.unique_viewers), 0)::bigint,
    round(sum(d.total_ms)::numeric / nullif(sum(d.views), 0)), round(sum(d.p50_ms::numeric * d.views) / nullif(sum(d.views), 0)),
    coalesce(sum(d.exits), 0)::bigint
  from erp.slides s
  left join erp.slide_stats_daily d on d.slide_id = s.id and d.day between from_date and to_date
  where s.presentation_id = presentation_engagement.presentation_id
  group by s.id, s.position, s.title order by s.position
$$;
comment on function erp.presentation_engagement(bigint, date, date) is
  E'How the slides were watched, from the daily figures; p50_ms is the mean of the daily medians, weighted by views\n@module reports';

create function erp.ar_ageing(as_of date default current_date)
returns table (customer_id bigint, code text, name text, not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric,
  over_90 numeric, total numeric)
language sql stable as $$
  select c.id, c.code, coalesce(c.company_name, c.last_name),
    coalesce(sum(v.balance) filter (where v.due_date >= as_of), 0),
    coalesce(sum(v.balance) filter (where as_of - v.due_date between 1 and 30), 0),
    coalesce(sum(v.balance) filter (where as_of - v.due_date between 31 and 60), 0),
    coalesce(sum(v.balance) filter (where as_of - v.due_date between 61 and 90), 0),
    coalesce(sum(v.balance) filter (where as_of - v.due_date > 90), 0), sum(v.balance)
  from erp.invoices v join erp.customers c on c.id = v.customer_id
  where v.balance > 0 and v.status in ('issued', 'partially_paid') and v.kind = 'sales' and v.invoice_date <= as_of
  group by 1, 2, 3 order by 9 desc
$$;
comment on function erp.ar_ageing(date) is E'Open receivables by age, from the balances of today\n@module reports';

create function erp.trial_balance(from_date date, to_date date)
returns table (account_id bigint, code text, name text, type text, debit numeric, credit numeric, balance numeric)
language sql stable security definer set search_path = erp, pg_temp as $$
  select a.id, a.code, a.name, a.type, sum(d.debit), sum(d.credit), sum(d.debit) - sum(d.credit)
  from erp_private.account_days d join accounts a on a.id = d.account_id
  where d.day between from_date and to_date and has_table_privilege(erp_private.caller_role(), 'erp.journal_lines', 'select')
  group by 1, 2, 3, 4 order by 2
$$;
comment on function erp.trial_balance(date, date) is E'Sums of the accounts\n@module reports';

create function erp.stock_valuation(as_of date default null)
returns table (warehouse_id bigint, code text, products bigint, qty numeric, value numeric)
language sql stable as $$
  select w.id, w.code, count(*), sum(t.qty), round(sum(t.value), 2)
  from (
    select b.warehouse_id, b.on_hand as qty, b.on_hand * b.avg_cost as value
    from erp.stock_balances b where as_of is null and b.on_hand <> 0
    union all
    select m.warehouse_id, sum(m.qty), sum(m.qty * m.unit_cost)
    from erp.stock_moves m where as_of is not null and m.moved_at < as_of + 1
    group by m.product_id, m.warehouse_id having sum(m.qty) <> 0) t
  join erp.warehouses w on w.id = t.warehouse_id
  group by 1, 2 order by 1
$$;
comment on function erp.stock_valuation(date) is E'Value of the stock now, or (slower, from the ledger) at the end of a day\n@module reports';

create function erp.customer_statement(customer_id bigint, from_date date default '2000-01-01')
returns table (day date, kind text, doc_no text, amount numeric, balance numeric)
language sql stable as $$
  select t.day, t.kind, t.doc_no, t.amount, sum(t.amount) over (order by t.day, t.kind, t.doc_no rows unbounded preceding)
  from (
    select v.invoice_date as day, v.kind, v.invoice_no as doc_no,
      case v.kind when 'sales' then v.total_amount else -v.total_amount end as amount
    from erp.invoices v
    where v.customer_id = customer_statement.customer_id and v.status not in ('draft', 'cancelled') and v.invoice_date >= from_date
    union all
    select p.paid_on, 'payment', p.payment_no, case p.direction when 'in' then -p.amount else p.amount end
    from erp.payments p
    where p.customer_id = customer_statement.customer_id and p.status = 'posted' and p.paid_on >= from_date) t
  order by 1, 2, 3
$$;
comment on function erp.customer_statement(bigint, date) is E'Invoices and payments of a customer with the running balance\n@module reports';

-- Each arm stops after n hits and runs with the rights of the caller; a table that the caller may not read has no arm.
create function erp.search_all(q text, n int default 5) returns table (entity text, id bigint, title text, subtitle text)
language plpgsql stable set search_path = erp, pg_temp as $$
declare
  pattern text := '%' || replace(replace(replace(lower(q), '\', '\\'), '%', '\%'), '_', '\_') || '%';
  arm record;
begin
  if length(q) < 2 then
    return;
  end if;
  for arm in
    select * from (values
      ('customers', 'code', 'coalesce(company_name, last_name)', 'search'),
      ('products', 'sku', 'name', 'search'),
      ('sales_orders', 'coalesce(order_no, ''draft'')', 'status', 'order_no'),
      ('suppliers', 'code', 'supplier_name', 'search'),
      ('buyers', 'code', 'buyer_name', 'search'),
      ('styles', 'style_no', 'name', 'search'),
      ('buyer_orders', 'order_no', 'buyer_po_no', 'search'),
      ('samples', 'sample_no', 'description', 'search')) a(tbl, title, subtitle, col)
  loop
    if has_any_column_privilege(format('erp.%I', arm.tbl), 'select') then
      return query execute format('select %L, t.id, (%s)::text, (%s)::text from erp.%I t where t.%I ilike $1 limit $2',
        arm.tbl, arm.title, arm.subtitle, arm.tbl, arm.col) using pattern, least(n, 50);
    end if;
  end loop;
end $$;
comment on function erp.search_all(text, int) is E'First hits in customers, products, orders and so on, for a search box\n@module reports';
