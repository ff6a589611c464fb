-- Reports and lists. STABLE: callable by GET, cacheable. They run with the rights of the caller, so row-level rules hold, except for
-- those that read sums nobody may read directly: the dashboard, the sales reports and the trial balance look at the caller themselves.
-- SPDX-License-Identifier: ISC

-- Sales by day, month and year, of the company, by salesperson and by product, in the base currency: reports over years add up a few
-- thousand rows instead of all orders. "unassigned" is by product again, of the orders without a salesperson, which every salesperson
-- sees: they are too many to be read one by one. What happens is only appended (span "new"), so nobody waits for anybody; the reports add that
-- to the sums, hence they are always exact, and rollup_reports() folds it in.
-- (Enumerated types, not text: they are compared as numbers, and there are millions of rows to sort.)
create type erp_private.sales_subject as enum ('company', 'salesperson', 'product', 'unassigned');
create type erp_private.sales_span as enum ('day', 'month', 'year', 'new');
create table erp_private.sales_daily (
  subject erp_private.sales_subject not null,
  span erp_private.sales_span not null,
  day date not null,
  subject_id bigint not null,
  orders bigint not null,
  qty numeric(18, 3) not null,
  revenue numeric(18, 2) not null
);
comment on table erp_private.sales_daily is
  'Sums of sales; day is the first one of the span, subject_id 0 for the company and for orders without a salesperson';
create unique index sales_daily_key on erp_private.sales_daily (subject, span, day, subject_id) where span <> 'new';
create index sales_daily_new on erp_private.sales_daily (subject, day) where span = 'new';
create index sales_daily_salesperson on erp_private.sales_daily (subject_id, span, day) where subject = 'salesperson';

-- How many there are of what the dashboard counts: changes are appended here as well.
create table erp_private.tallies (
  name text not null,
  n bigint not null
);

create function erp_private.add_sales(o erp.sales_orders, sign int) returns void
language sql security definer set search_path = erp, pg_temp as $$
  insert into erp_private.sales_daily (subject, span, day, subject_id, orders, qty, revenue)
  select t.subject::erp_private.sales_subject, 'new'::erp_private.sales_span, o.order_date, t.id, sign, 0, sign * o.base_total
  from (values ('company', 0), ('salesperson', coalesce(o.salesperson_id, 0))) t(subject, id)
  union all
  select 'product', 'new', o.order_date, i.product_id, sign, sign * sum(i.qty), sign * sum(erp_private.in_base(i.line_total, o.exchange_rate))
  from sales_order_items i where i.sales_order_id = o.id group by i.product_id
  union all
  select 'unassigned', 'new', o.order_date, i.product_id, sign, sign * sum(i.qty), sign * sum(erp_private.in_base(i.line_total, o.exchange_rate))
  from sales_order_items i where i.sales_order_id = o.id and o.salesperson_id is null group by i.product_id
$$;

-- Drafts and cancelled orders do not count. Before a delete, since the lines go with the order.
create function erp_private.sales_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  was boolean := false;
  counts boolean := false;
begin
  if tg_op <> 'INSERT' then
    was := old.status not in ('draft', 'cancelled');
  end if;
  if tg_op <> 'DELETE' then
    counts := new.status not in ('draft', 'cancelled');
  end if;
  if was and counts and (old.order_date, old.salesperson_id, old.base_total, old.exchange_rate)
       is not distinct from (new.order_date, new.salesperson_id, new.base_total, new.exchange_rate) then
    return new;
  end if;
  if was then
    perform erp_private.add_sales(old, -1);
  end if;
  if counts then
    perform erp_private.add_sales(new, 1);
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger sales_changed after insert or update on erp.sales_orders
  for each row execute function erp_private.sales_changed();
create trigger sales_deleted before delete on erp.sales_orders
  for each row execute function erp_private.sales_changed();

create function erp_private.tally() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if tg_op <> 'INSERT' and old.is_active then
    insert into erp_private.tallies values (tg_table_name, -1);
  end if;
  if tg_op <> 'DELETE' and new.is_active then
    insert into erp_private.tallies values (tg_table_name, 1);
  end if;
  return null;
end $$;
create trigger tally after insert or delete on erp.products for each row execute function erp_private.tally();
create trigger tally_update after update of is_active on erp.products
  for each row when (old.is_active <> new.is_active) execute function erp_private.tally();
create trigger tally after insert or delete on erp.customers for each row execute function erp_private.tally();
create trigger tally_update after update of is_active on erp.customers
  for each row when (old.is_active <> new.is_active) execute function erp_private.tally();

create function erp.rollup_reports() returns bigint
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  made bigint;
begin
  perform erp_private.require_role('erp_analyst', 'erp_manager', 'erp_admin');
  perform pg_advisory_xact_lock(hashtextextended('erp.rollup_reports', 0));
  with gone as (delete from sales_daily d where d.span = 'new' returning *),
  folded as (
    insert into sales_daily as d (subject, span, day, subject_id, orders, qty, revenue)
    select g.subject, s.span, date_trunc(s.span::text, g.day::timestamp)::date, g.subject_id, sum(g.orders), sum(g.qty), sum(g.revenue)
    from gone g, unnest('{day,month,year}'::erp_private.sales_span[]) s(span)
    group by 1, 2, 3, 4
    on conflict (subject, span, day, subject_id) where span <> 'new' do update
      set orders = d.orders + excluded.orders, qty = d.qty + excluded.qty, revenue = d.revenue + excluded.revenue)
  select count(*) into made from gone;
  with gone as (delete from tallies returning *)
  insert into tallies select g.name, sum(g.n) from gone g group by g.name;
  return made;
end $$;
comment on function erp.rollup_reports() is
  E'Folds what was sold since the last time into the sums that the reports read; to be run every few minutes. Late, nothing is wrong, '
  'but the reports are slower\n@module reports';

-- The first days of the years, months or days that make up a stretch of time: whole years, then whole months, then what is left.
create function erp_private.span_days(what text, from_date date, to_date date) returns date[]
language sql stable security definer set search_path = erp_private, pg_temp as $$
  with bounds as (
    -- Before the first sale and after the last one there is nothing, so the first and the last year may well be whole.
    select greatest(from_date, date_trunc('year', min(d.day)::timestamp)::date) as lo,
      least(to_date, (date_trunc('year', max(d.day)::timestamp) + interval '1 year')::date - 1) as hi
    from sales_daily d where d.subject = 'company' and d.span = 'day'),
  months as (
    select m::date as first, (m + interval '1 month')::date - 1 as last, y::date as year, b.lo, b.hi,
      y::date >= b.lo and (y + interval '1 year')::date - 1 <= b.hi as in_year
    from bounds b, generate_series(date_trunc('month', b.lo::timestamp), b.hi::timestamp, interval '1 month') m, date_trunc('year', m) y)
  select case what
    when 'year' then (select array_agg(distinct m.year) from months m where m.in_year)
    when 'month' then (select array_agg(m.first) from months m where not m.in_year and m.first >= m.lo and m.last <= m.hi)
    else (select array_agg(d::date) from months m, generate_series(greatest(m.first, m.lo), least(m.last, m.hi), interval '1 day') d
          where m.first < m.lo or m.last > m.hi) end
$$;

-- What adds up to a stretch of time, for one kind of subject. Runs as whoever calls it, so that the planner sees through it.
create function erp_private.sales_of(kind erp_private.sales_subject, from_date date, to_date date)
returns table (id bigint, orders bigint, qty numeric, revenue numeric)
language sql stable as $$
  select d.subject_id, d.orders, d.qty, d.revenue from erp_private.sales_daily d
  where d.subject = kind and d.span = 'year' and d.day = any (array(select unnest(erp_private.span_days('year', from_date, to_date))))
  union all
  select d.subject_id, d.orders, d.qty, d.revenue from erp_private.sales_daily d
  where d.subject = kind and d.span = 'month' and d.day = any (array(select unnest(erp_private.span_days('month', from_date, to_date))))
  union all
  select d.subject_id, d.orders, d.qty, d.revenue from erp_private.sales_daily d
  where d.subject = kind and d.span = 'day' and d.day = any (array(select unnest(erp_private.span_days('day', from_date, to_date))))
  union all
  select d.subject_id, d.orders, d.qty, d.revenue from erp_private.sales_daily d
  where d.subject = kind and d.span = 'new' and d.day between from_date and to_date
$$;

-- The salesperson whose figures the caller gets: null for everybody's.
create function erp_private.only_mine() returns bigint
language sql stable security definer set search_path = erp, pg_temp as $$
  select case when erp_private.caller_is('erp_sales') and not erp_private.caller_is(variadic erp_private.readers())
    then coalesce(erp.uid(), -1) end
$$;
create function erp.dashboard_stats(days int default 30, as_of date default current_date) returns jsonb
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  -- A salesperson sees own figures, everybody else those of the company.
  mine bigint := erp_private.only_mine();
  first date := as_of - days;
begin
  return jsonb_build_object(
    'days', days,
    'currency', erp_private.setting_text('company.base_currency'),
    'products', (select coalesce(sum(t.n), 0) from erp_private.tallies t where t.name = 'products'),
    'customers', case when mine is null then (select coalesce(sum(t.n), 0) from erp_private.tallies t where t.name = 'customers')
      else (select count(*) from customers c where c.is_active and c.salesperson_id = mine) end,
    'low_stock', (select count(*) from products p where p.current_stock <= p.minimum_stock and p.minimum_stock > 0 and p.is_active),
    'open_orders', (select count(*) from sales_orders o where o.status in ('confirmed', 'picking', 'on_hold')
      and (mine is null or o.salesperson_id = mine)),
    'overdue_invoices', (select count(*) from invoices v where v.balance > 0 and v.status in ('issued', 'partially_paid')
      and v.due_date < as_of and v.kind = 'sales'
      and (mine is null or exists (select from customers c where c.id = v.customer_id and c.salesperson_id = mine))))
    || (select jsonb_build_object('orders', coalesce(sum(d.orders), 0), 'revenue', coalesce(sum(d.revenue), 0),
          'average_order', coalesce(round(sum(d.revenue) / nullif(sum(d.orders), 0), 2), 0))
        from (select s.orders, s.revenue from erp_private.sales_daily s
              where mine is null and s.subject = 'company' and s.span = 'day' and s.day > first and s.day <= as_of
              union all
              select s.orders, s.revenue from erp_private.sales_daily s
              where mine is null and s.subject = 'company' and s.span = 'new' and s.day > first and s.day <= as_of
              union all
              select s.orders, s.revenue from erp_private.sales_daily s
              where s.subject = 'salesperson' and s.subject_id = mine and s.span in ('day', 'new') and s.day > first and s.day <= as_of) d);
end $$;
comment on function erp.dashboard_stats(int, date) is E'Figures of the first screen, money in the base currency\n@module reports';

create function erp.customer_order_history(customer_id bigint, from_date date default '2000-01-01', to_date date default '2999-12-31',
  n int default 20) returns jsonb
language sql stable as $$
  with page as materialized (
    select o.id, o.order_no, o.order_date, o.status, o.currency_code, o.total_amount
    from erp.sales_orders o
    where o.customer_id = customer_order_history.customer_id and o.order_date between from_date and to_date
    order by o.order_date desc, o.id desc limit least(n, 100)),
  lines as (
    select i.sales_order_id, jsonb_agg(jsonb_build_object('line_no', i.line_no, 'qty', i.qty, 'unit_price', i.unit_price,
      'line_total', i.line_total, 'sku', p.sku, 'name', p.name) order by i.line_no) as items
    from page h join erp.sales_order_items i on i.sales_order_id = h.id join erp.products p on p.id = i.product_id
    group by 1)
  select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'order_no', h.order_no, 'order_date', h.order_date, 'status', h.status,
    'currency_code', h.currency_code, 'total_amount', h.total_amount, 'items', l.items) order by h.order_date desc, h.id desc), '[]')
  from page h left join lines l on l.sales_order_id = h.id
$$;
comment on function erp.customer_order_history(bigint, date, date, int) is
  E'The newest n orders (at most 100) of a customer, with items; to_date goes further back\n@module reports';

create function erp.sales_by_month(from_date date, to_date date, group_by text default 'month')
returns table (period date, orders bigint, revenue numeric, average_order numeric)
language sql stable security definer set search_path = erp, pg_temp as $$
  select date_trunc(case when group_by in ('day', 'week', 'month', 'quarter', 'year') then group_by else 'month' end, d.day)::date,
    sum(d.orders)::bigint, sum(d.revenue), round(sum(d.revenue) / sum(d.orders), 2)
  from (select erp_private.only_mine() as id offset 0) mine, lateral (
    select s.day, s.orders, s.revenue from erp_private.sales_daily s
    where mine.id is null and s.subject = 'company' and s.span = 'day' and s.day between from_date and to_date
    union all
    select s.day, s.orders, s.revenue from erp_private.sales_daily s
    where mine.id is null and s.subject = 'company' and s.span = 'new' and s.day between from_date and to_date
    union all
    select s.day, s.orders, s.revenue from erp_private.sales_daily s
    where s.subject = 'salesperson' and s.subject_id in (mine.id, 0) and mine.id is not null and s.span in ('day', 'new')
      and s.day between from_date and to_date) d
  group by 1 having sum(d.orders) <> 0 order by 1
$$;
comment on function erp.sales_by_month(date, date, text) is
  E'Sales by day, week, month, quarter or year, in the base currency; to a salesperson, own and unassigned ones\n@module reports';

-- A salesperson's own orders are few enough to be read, those of nobody come from the sums; everybody else gets the sums of all. Only
-- the revenue is added up for each product, the rest for those that are shown: there are tens of thousands.
create function erp.top_products(from_date date, to_date date, n int default 20)
returns table (product_id bigint, sku text, name text, qty numeric, revenue numeric)
language plpgsql stable security definer set search_path = erp, pg_temp set work_mem = '32MB' as $$
#variable_conflict use_column
declare
  mine bigint := erp_private.only_mine();
begin
  return query
  with sold as materialized (
    select s.id, s.orders, s.qty, s.revenue
    from erp_private.sales_of((case when mine is null then 'product' else 'unassigned' end)::erp_private.sales_subject, from_date, to_date) s
    union all
    select i.product_id, 1, i.qty, erp_private.in_base(i.line_total, o.exchange_rate)
    from sales_orders o join sales_order_items i on i.sales_order_id = o.id
    where o.salesperson_id = mine and o.order_date between from_date and to_date and o.status not in ('draft', 'cancelled')),
  best as (select s.id, sum(s.revenue) as revenue from sold s group by 1 order by 2 desc, 1 limit least(n, 1000))
  select p.id, p.sku, p.name, t.qty, t.revenue
  -- The second limit tells the planner how few they are, so that it looks them up.
  from (select s.id, sum(s.qty) as qty, b.revenue from best b join sold s on s.id = b.id
        group by s.id, b.revenue having sum(s.orders) <> 0 limit least(n, 1000)) t
  join products p on p.id = t.id
  order by t.revenue desc, p.id;
end $$;
comment on function erp.top_products(date, date, int) is E'What sold best, in the base currency before tax\n@module reports';

create function erp.sales_by_salesperson(from_date date, to_date date)
returns table (salesperson_id bigint, full_name text, orders bigint, revenue numeric)
language sql stable security definer set search_path = erp, pg_temp as $$
  select nullif(t.id, 0), u.full_name, t.orders, t.revenue
  from (select erp_private.only_mine() as id offset 0) mine
  join (select s.id, sum(s.orders)::bigint as orders, sum(s.revenue) as revenue
        from erp_private.sales_of('salesperson', from_date, to_date) s group by 1 having sum(s.orders) <> 0) t on mine.id is null or t.id in (mine.id, 0)
  left join users u on u.id = t.id
  order by 4 desc, 1
$$;
comment on function erp.sales_by_salesperson(date, date) is E'Sales by salesperson, in the base currency\n@module reports';

create function erp.buyer_order_book(season_id bigint default null, buyer_id bigint default null)
returns table (buyer_id bigint, buyer_name text, season_id bigint, season text, orders bigint, qty bigint, value numeric,
  shipped_qty bigint, balance_qty bigint, next_ex_factory date, currency_code text)
language sql stable as $$
  select o.buyer_id, b.buyer_name, o.season_id, s.code, count(*), sum(o.total_qty), sum(o.total_value), sum(l.shipped)::bigint,
    (sum(o.total_qty) - sum(l.shipped))::bigint,
    min(o.ex_factory_date) filter (where o.status in ('received', 'confirmed', 'in_production', 'partially_shipped')), o.currency_code::text
  from erp.buyer_orders o
  join erp.buyers b on b.id = o.buyer_id
  left join erp.seasons s on s.id = o.season_id
  cross join lateral (select coalesce(sum(x.shipped_qty), 0) as shipped from erp.buyer_order_lines x where x.buyer_order_id = o.id) l
  where o.status <> 'cancelled'
    and (buyer_order_book.season_id is null or o.season_id = buyer_order_book.season_id)
    and (buyer_order_book.buyer_id is null or o.buyer_id = buyer_order_book.buyer_id)
  group by 1, 2, 3, 4, o.currency_code order by 7 desc
$$;
comment on function erp.buyer_order_book(bigint, bigint) is E'Orders on the books, by buyer, season and currency\n@module reports';

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

-- The sums of the days that were rolled up, and the views of the days since.
create function erp.presentation_engagement(presentation_id bigint, from_date date default '2000-01-01', to_date date default '2999-12-31')
returns table (slide_id bigint, "position" int, title text, views bigint, viewers bigint, average_ms numeric, p50_ms numeric, p95_ms numeric,
  exits bigint, drop_off_pct numeric)
language sql stable as $$
  with own as materialized (
    select s.id, s.position, s.title from erp.slides s where s.presentation_id = presentation_engagement.presentation_id),
  since as materialized (
    select coalesce(max(d.day) + 1, '2000-01-01') as day from erp.slide_stats_daily d where d.slide_id in (select o.id from own o)),
  fresh as (
    select w.*, v.viewer_id, (w.entered_at at time zone 'UTC')::date as day, w.seq = max(w.seq) over (partition by w.session_id) as is_last
    from since, own o join erp.slide_views w on w.slide_id = o.id join erp.view_sessions v on v.id = w.session_id
    where w.entered_at >= since.day::timestamp at time zone 'UTC'),
  days as (
    select d.slide_id, d.day, d.views, d.unique_viewers, d.total_ms, d.p50_ms, d.p95_ms, d.exits
    from own o join erp.slide_stats_daily d on d.slide_id = o.id where d.day between from_date and to_date
    union all
    select f.slide_id, f.day, count(*), count(distinct f.viewer_id), sum(f.duration_ms),
      percentile_disc(0.5) within group (order by f.duration_ms), percentile_disc(0.95) within group (order by f.duration_ms),
      count(*) filter (where f.is_last)
    from fresh f where f.day between from_date and to_date group by 1, 2)
  select s.id, s.position, s.title, coalesce(sum(d.views), 0)::bigint, coalesce(sum(d.unique_viewers), 0)::bigint,
    round(sum(d.total_ms)::numeric / nullif(sum(d.views), 0)), round(sum(d.p50_ms::numeric * d.views) / nullif(sum(d.views), 0)),
    round(sum(d.p95_ms::numeric * d.views) / nullif(sum(d.views), 0)), coalesce(sum(d.exits), 0)::bigint,
    round(100.0 * sum(d.exits) / nullif(sum(d.views), 0), 1)
  from own s left join days d on d.slide_id = s.id
  group by s.id, s.position, s.title order by s.position
$$;
comment on function erp.presentation_engagement(bigint, date, date) is
  E'How the slides were watched, up to now; p50_ms and p95_ms are means of those of the days, weighted by views, drop_off_pct is the share of '
  'views after which the visitor was gone\n@module reports';

create function erp.ar_ageing(as_of date default current_date)
returns table (customer_id bigint, code text, name text, not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric,
  over_90 numeric, total numeric)
language sql stable as $$
  select c.id, c.code, coalesce(c.company_name, c.last_name),
    coalesce(sum(v.owed) filter (where v.due_date >= as_of), 0),
    coalesce(sum(v.owed) filter (where as_of - v.due_date between 1 and 30), 0),
    coalesce(sum(v.owed) filter (where as_of - v.due_date between 31 and 60), 0),
    coalesce(sum(v.owed) filter (where as_of - v.due_date between 61 and 90), 0),
    coalesce(sum(v.owed) filter (where as_of - v.due_date > 90), 0), sum(v.owed)
  from (
    select i.*, i.base_total - case i.paid_amount when 0 then 0
      else (select coalesce(sum(a.base_amount), 0) from erp.payment_allocations a where a.invoice_id = i.id) end as owed
    from erp.invoices i) v join erp.customers c on c.id = v.customer_id
  where v.balance > 0 and v.status in ('issued', 'partially_paid') and v.kind = 'sales' and v.invoice_date <= as_of
  group by 1, 2, 3 order by 9 desc
$$;
comment on function erp.ar_ageing(date) is E'Open receivables by age, from the balances of today, in the base currency\n@module reports';

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
returns table (day date, kind text, doc_no text, amount numeric, balance numeric, currency_code text)
language sql stable as $$
  with documents as (
    select v.invoice_date as day, v.kind, v.invoice_no as doc_no,
      case v.kind when 'sales' then v.total_amount else -v.total_amount end as amount, v.currency_code
    from erp.invoices v where v.customer_id = customer_statement.customer_id and v.status not in ('draft', 'cancelled')
    union all
    select p.paid_on, 'payment', p.payment_no, case p.direction when 'in' then -p.amount else p.amount end, p.currency_code
    from erp.payments p where p.customer_id = customer_statement.customer_id and p.status = 'posted')
  select t.day, t.kind, t.doc_no, t.amount, sum(t.amount) over (partition by t.currency_code order by t.day, t.kind, t.doc_no rows unbounded preceding),
    t.currency_code::text
  from (
    select d.day, d.kind, d.doc_no, d.amount, d.currency_code from documents d where d.day >= from_date
    union all
    select from_date - 1, 'opening', null, sum(d.amount), d.currency_code from documents d where d.day < from_date
    group by d.currency_code having sum(d.amount) <> 0) t
  order by 1, 2, 3
$$;
comment on function erp.customer_statement(bigint, date) is
  E'Invoices and payments of a customer with the running balance in each currency, after what was open before from_date\n@module reports';

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
