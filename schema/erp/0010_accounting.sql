-- Chart of accounts, journals, invoices and payments.
-- SPDX-License-Identifier: ISC

create table erp.accounts (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  code text not null unique,
  name text not null,
  parent_id bigint references erp.accounts,
  type text not null
    constraint account_type check (type in ('asset', 'liability', 'equity', 'income', 'expense')),
  subtype text not null default 'other' constraint account_subtype check (subtype in
    ('receivable', 'payable', 'bank', 'cash', 'stock', 'cogs', 'tax', 'sales', 'accrual', 'other')),
  currency_code char(3) references erp.currencies,
  is_group boolean not null default false,
  is_active boolean not null default true,
  search text generated always as (erp_private.fold(code, name)) stored
);
create index accounts_parent on erp.accounts (parent_id);
create index accounts_currency on erp.accounts (currency_code) where currency_code is not null;
create index accounts_search on erp.accounts using gin (search public.gin_trgm_ops);
comment on table erp.accounts is E'Chart of accounts\n@module accounting\n@cache lookup';
comment on column erp.accounts.is_group is 'A heading: nothing is booked on it';
alter table erp.customers add constraint customers_receivable_account_id_fkey
  foreign key (receivable_account_id) references erp.accounts;

create function erp_private.account_tree() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (
    with recursive up(id) as (
      select new.parent_id where new.parent_id is not null
      union
      select a.parent_id from up join accounts a on a.id = up.id where a.parent_id is not null)
    select from up where up.id = new.id) then
    perform erp_private.fail('23514', 'accounts_no_cycle', format('account %s cannot be below itself', new.code));
  end if;
  return new;
end $$;
create trigger account_tree before insert or update of parent_id on erp.accounts
  for each row execute function erp_private.account_tree();

create table erp.fiscal_periods (
  id bigint generated always as identity primary key,
  name text not null unique,
  period daterange not null constraint fiscal_period_bounded
    check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
  status text not null default 'open' constraint fiscal_periods_status check (status in ('open', 'closed')),
  constraint fiscal_periods_no_overlap exclude using gist (period with &&)
);
comment on table erp.fiscal_periods is E'Fiscal periods; nothing is posted into a closed one\n@module accounting\n@cache lookup';

create table erp.journal_entries (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  entry_no text unique,
  entry_date date not null default current_date,
  journal text not null default 'general'
    constraint journal_known check (journal in ('sales', 'purchase', 'cash', 'bank', 'stock', 'general')),
  state text not null default 'draft' constraint journal_state check (state in ('draft', 'posted')),
  source_type text,
  source_id bigint,
  reverses_id bigint unique references erp.journal_entries,
  memo text not null default '',
  total_debit numeric(16, 2) not null default 0,
  constraint journal_entries_number check ((state = 'posted') = (entry_no is not null))
);
create index journal_entries_newest on erp.journal_entries (entry_date desc, id desc);
create index journal_entries_source on erp.journal_entries (source_type, source_id);
create index journal_entries_draft on erp.journal_entries (state) where state = 'draft';
comment on table erp.journal_entries is E'Journal entries; posted ones never change\n@module accounting\n@cache transactional';
comment on column erp.journal_entries.entry_no is 'Given when the entry is posted, without gaps';

create table erp.journal_lines (
  id bigint generated always as identity primary key,
  journal_entry_id bigint not null references erp.journal_entries on delete cascade,
  line_no int not null constraint journal_line_no check (line_no > 0),
  account_id bigint not null references erp.accounts,
  debit numeric(16, 2) not null default 0 constraint debit_positive check (debit >= 0),
  credit numeric(16, 2) not null default 0 constraint credit_positive check (credit >= 0),
  customer_id bigint references erp.customers,
  supplier_id bigint references erp.suppliers,
  description text,
  constraint journal_lines_one_side check ((debit = 0) <> (credit = 0)),
  constraint journal_lines_line unique (journal_entry_id, line_no)
);
create index journal_lines_account on erp.journal_lines (account_id, journal_entry_id);
create index journal_lines_customer on erp.journal_lines (customer_id) where customer_id is not null;
create index journal_lines_supplier on erp.journal_lines (supplier_id) where supplier_id is not null;
comment on table erp.journal_lines is E'Lines of the journals\n@module accounting\n@cache transactional';

create table erp.invoices (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  row_version bigint not null default 1,
  kind text not null constraint invoice_kind check (kind in ('sales', 'purchase', 'credit_note', 'debit_note')),
  invoice_no text,
  supplier_invoice_no text,
  customer_id bigint references erp.customers,
  supplier_id bigint references erp.suppliers,
  sales_order_id bigint references erp.sales_orders,
  purchase_order_id bigint references erp.purchase_orders,
  shipment_id bigint,
  status text not null default 'draft' constraint invoices_status
    check (status in ('draft', 'issued', 'partially_paid', 'paid', 'cancelled')),
  invoice_date date not null default current_date,
  due_date date not null default current_date,
  currency_code char(3) not null default 'USD' references erp.currencies,
  exchange_rate numeric(18, 8) not null default 1 constraint invoices_rate check (exchange_rate > 0),
  subtotal numeric(16, 2) not null default 0,
  discount_amount numeric(16, 2) not null default 0 constraint invoices_discount check (discount_amount >= 0),
  tax_amount numeric(16, 2) not null default 0,
  total_amount numeric(16, 2) not null generated always as (subtotal - discount_amount + tax_amount) stored,
  base_total numeric(16, 2) not null
    generated always as (round((subtotal - discount_amount + tax_amount) * exchange_rate, 2)) stored,
  paid_amount numeric(16, 2) not null default 0,
  balance numeric(16, 2) not null generated always as (subtotal - discount_amount + tax_amount - paid_amount) stored,
  journal_entry_id bigint unique references erp.journal_entries,
  note text not null default '',
  constraint invoices_no unique (kind, invoice_no),
  constraint invoices_number check (status in ('draft', 'cancelled') or invoice_no is not null),
  constraint invoices_party check (case when kind in ('sales', 'credit_note')
    then customer_id is not null and supplier_id is null else supplier_id is not null and customer_id is null end),
  constraint invoices_dates check (due_date >= invoice_date),
  constraint invoices_paid check (paid_amount between 0 and subtotal - discount_amount + tax_amount)
);
create unique index invoices_supplier_no on erp.invoices (supplier_id, supplier_invoice_no) where kind = 'purchase';
create index invoices_customer on erp.invoices (customer_id, invoice_date desc);
create index invoices_supplier on erp.invoices (supplier_id, invoice_date desc);
create index invoices_status_due on erp.invoices (status, due_date);
create index invoices_open on erp.invoices (due_date) include (kind, customer_id)
  where balance > 0 and status in ('issued', 'partially_paid');
create index invoices_newest on erp.invoices (invoice_date desc, id desc);
create index invoices_no_search on erp.invoices using gin (invoice_no public.gin_trgm_ops);
create index invoices_sales_order on erp.invoices (sales_order_id) where sales_order_id is not null;
create index invoices_purchase_order on erp.invoices (purchase_order_id) where purchase_order_id is not null;
create index invoices_shipment on erp.invoices (shipment_id) where shipment_id is not null;
create index invoices_currency on erp.invoices (currency_code);
comment on table erp.invoices is E'Invoices and notes, to customers and from suppliers\n@module accounting\n@cache transactional';
comment on column erp.invoices.supplier_invoice_no is 'Number on the paper of the supplier: booked once';
comment on column erp.invoices.discount_amount is 'Share of the discount of the order that this invoices';
comment on column erp.invoices.paid_amount is 'Sum of the allocated payments; kept by a trigger';
comment on column erp.invoices.base_total is 'The total in the base currency, as it is in the books';
create trigger document_rate before insert or update of currency_code, exchange_rate on erp.invoices
  for each row execute function erp_private.document_rate('invoice_date');

create table erp.invoice_items (
  id bigint generated always as identity primary key,
  invoice_id bigint not null references erp.invoices on delete cascade,
  line_no int not null constraint invoice_line_no check (line_no > 0),
  product_id bigint references erp.products,
  description text not null default '',
  qty numeric(14, 3) not null constraint invoice_qty check (qty > 0),
  unit_price numeric(14, 4) not null constraint invoice_price check (unit_price >= 0),
  discount_pct numeric(5, 2) not null default 0 constraint invoice_discount check (discount_pct between 0 and 100),
  tax_rate numeric(6, 3) not null default 0 constraint invoice_tax_range check (tax_rate between 0 and 100),
  line_total numeric(16, 2) not null
    generated always as (round(qty * unit_price * (1 - discount_pct / 100), 2)) stored,
  line_tax numeric(16, 2) not null
    generated always as (round(round(qty * unit_price * (1 - discount_pct / 100), 2) * tax_rate / 100, 2)) stored,
  sales_order_item_id bigint references erp.sales_order_items,
  purchase_order_item_id bigint references erp.purchase_order_items,
  account_id bigint references erp.accounts,
  constraint invoice_items_line unique (invoice_id, line_no)
);
create index invoice_items_product on erp.invoice_items (product_id);
create index invoice_items_sales_item on erp.invoice_items (sales_order_item_id) where sales_order_item_id is not null;
create index invoice_items_purchase_item on erp.invoice_items (purchase_order_item_id)
  where purchase_order_item_id is not null;
create index invoice_items_account on erp.invoice_items (account_id) where account_id is not null;
comment on table erp.invoice_items is E'Lines of an invoice\n@module accounting\n@cache transactional';
comment on column erp.invoice_items.account_id is 'Income or expense account; null: the one of the settings';

create table erp.payments (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  payment_no text not null unique,
  direction text not null constraint payment_direction check (direction in ('in', 'out')),
  customer_id bigint references erp.customers,
  supplier_id bigint references erp.suppliers,
  method text not null
    constraint payment_method check (method in ('cash', 'bank', 'lc', 'tt', 'cheque', 'card')),
  account_id bigint references erp.accounts,
  amount numeric(16, 2) not null constraint payment_amount check (amount > 0),
  allocated_amount numeric(16, 2) not null default 0
    constraint payment_allocated check (allocated_amount between 0 and amount),
  currency_code char(3) not null default 'USD' references erp.currencies,
  exchange_rate numeric(18, 8) not null default 1 constraint payments_rate check (exchange_rate > 0),
  base_amount numeric(16, 2) not null generated always as (round(amount * exchange_rate, 2)) stored,
  paid_on date not null default current_date,
  reference text,
  status text not null default 'posted' constraint payments_status check (status in ('posted', 'cancelled')),
  journal_entry_id bigint unique references erp.journal_entries,
  constraint payments_party check (num_nonnulls(customer_id, supplier_id) = 1)
);
create unique index payments_reference on erp.payments (direction, method, reference) where reference is not null;
create index payments_newest on erp.payments (paid_on desc, id desc);
create index payments_customer on erp.payments (customer_id, paid_on desc);
create index payments_supplier on erp.payments (supplier_id, paid_on desc) where supplier_id is not null;
create index payments_account on erp.payments (account_id);
create index payments_currency on erp.payments (currency_code);
comment on table erp.payments is E'Payments received and made\n@module accounting\n@cache transactional';
comment on column erp.payments.account_id is 'Bank or cash account that the money went through';
comment on column erp.payments.base_amount is 'The amount in the base currency, at the rate of the payment';
create trigger document_rate before insert or update of currency_code, exchange_rate on erp.payments
  for each row execute function erp_private.document_rate('paid_on');

create table erp.payment_allocations (
  payment_id bigint not null references erp.payments on delete cascade,
  invoice_id bigint not null references erp.invoices,
  amount numeric(16, 2) not null constraint allocation_positive check (amount > 0),
  base_amount numeric(16, 2) not null default 0 constraint allocation_base check (base_amount >= 0),
  primary key (payment_id, invoice_id)
);
create index payment_allocations_invoice on erp.payment_allocations (invoice_id);
comment on table erp.payment_allocations is E'Which payment pays which invoice\n@module accounting\n@cache transactional';
comment on column erp.payment_allocations.base_amount is
  'What this takes off the books: the amount at the rate of the invoice; the last payment takes what is left';

-- So that an invoice that is paid is off the books to the cent, in whatever parts it was paid.
create function erp_private.allocation_base() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  v invoices;
  earlier record;
begin
  if not exists (select from invoices x join payments p on p.currency_code = x.currency_code
                 where x.id = new.invoice_id and p.id = new.payment_id) then
    perform erp_private.fail('23514', 'payment_allocations_currency', 'an invoice is paid in its own currency');
  end if;
  select * into v from invoices x where x.id = new.invoice_id for no key update;
  select coalesce(sum(a.amount), 0) as amount, coalesce(sum(a.base_amount), 0) as base into earlier
  from payment_allocations a where a.invoice_id = new.invoice_id and a.payment_id <> new.payment_id;
  new.base_amount := case when earlier.amount + new.amount = v.total_amount then v.base_total - earlier.base
    else least(erp_private.in_base(new.amount, v.exchange_rate), v.base_total - earlier.base) end;
  return new;
end $$;
create trigger allocation_base before insert or update on erp.payment_allocations
  for each row execute function erp_private.allocation_base();

-- Posted entries are history: only a reversing entry corrects them.
create function erp_private.guard_journal() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if old.state = 'posted' then
    perform erp_private.fail('55000', 'journal_entries_immutable', format('entry %s is posted', old.entry_no),
      hint => 'Reverse it with reverse_journal.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger guard_journal before update or delete on erp.journal_entries
  for each row execute function erp_private.guard_journal();

create function erp_private.guard_journal_lines() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  -- Locked, so that nobody posts the entry while a line is on its way.
  if (select bool_or(e.state = 'posted') from (
        select j.state from journal_entries j where j.id in
          (case when tg_op <> 'INSERT' then old.journal_entry_id end,
           case when tg_op <> 'DELETE' then new.journal_entry_id end) for share) e) then
    perform erp_private.fail('55000', 'journal_entries_immutable', 'lines of a posted entry do not change',
      hint => 'Reverse it with reverse_journal.');
  end if;
  if tg_op <> 'DELETE' and (select a.is_group from accounts a where a.id = new.account_id) then
    perform erp_private.fail('23514', 'journal_lines_no_group', 'nothing is booked on the heading of a group');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger guard_lines before insert or update or delete on erp.journal_lines
  for each row execute function erp_private.guard_journal_lines();

-- Looked at when the transaction ends, whatever the order in which header and lines were written.
create function erp_private.check_journal() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  sums record;
begin
  select count(*) as lines, coalesce(sum(l.debit), 0) as debit, coalesce(sum(l.credit), 0) as credit
  into sums from journal_lines l where l.journal_entry_id = new.id;
  if sums.lines < 2 or sums.debit <> sums.credit or sums.debit <> new.total_debit then
    perform erp_private.fail('23514', 'journal_entries_balanced',
      format('entry %s does not balance: debit %s, credit %s, total %s, %s lines',
        new.entry_no, sums.debit, sums.credit, new.total_debit, sums.lines));
  end if;
  if exists (select from fiscal_periods p where p.period @> new.entry_date and p.status = 'closed') then
    perform erp_private.fail('23514', 'journal_entries_period_open', format('the period of %s is closed', new.entry_date));
  end if;
  return null;
end $$;
create constraint trigger check_journal after insert or update on erp.journal_entries
  deferrable initially deferred for each row when (new.state = 'posted')
  execute function erp_private.check_journal();

-- What each account moved by in a day, for reports that would otherwise add up the whole ledger. Entries are posted one at a time
-- (their numbers have no gaps) and never change, so this costs no waiting and is never wrong.
create table erp_private.account_days (
  account_id bigint not null references erp.accounts,
  day date not null,
  debit numeric(18, 2) not null,
  credit numeric(18, 2) not null,
  primary key (account_id, day)
);
create function erp_private.sum_account_days() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  insert into erp_private.account_days as d (account_id, day, debit, credit)
  select l.account_id, new.entry_date, sum(l.debit), sum(l.credit) from journal_lines l where l.journal_entry_id = new.id
  group by 1 order by 1
  on conflict (account_id, day) do update set debit = d.debit + excluded.debit, credit = d.credit + excluded.credit;
  return null;
end $$;
create trigger sum_account_days after update of state on erp.journal_entries
  for each row when (old.state <> 'posted' and new.state = 'posted') execute function erp_private.sum_account_days();

create function erp_private.invoice_items_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  ids bigint[] := (select array_agg(distinct r.invoice_id) from changed r);
begin
  perform from invoices where id = any (ids) order by id for no key update;
  if exists (select from invoices v where v.id = any (ids) and v.status <> 'draft') then
    perform erp_private.fail('55000', 'invoices_lines_fixed', 'the lines of an invoice change while it is a draft only');
  end if;
  update invoices v set subtotal = s.subtotal, tax_amount = s.tax
  from (
    select i.id, coalesce(sum(l.line_total), 0) as subtotal, coalesce(sum(l.line_tax), 0) as tax
    from unnest(ids) i(id) left join invoice_items l on l.invoice_id = i.id group by i.id) s
  where v.id = s.id and (v.subtotal, v.tax_amount) is distinct from (s.subtotal, s.tax);
  return null;
end $$;
select erp_private.fix_parent('invoice_items', 'invoice_id');
create trigger sum_inserted after insert on erp.invoice_items referencing new table as changed
  for each statement execute function erp_private.invoice_items_changed();
create trigger sum_updated after update on erp.invoice_items referencing new table as changed
  for each statement execute function erp_private.invoice_items_changed();
create trigger sum_deleted after delete on erp.invoice_items referencing old table as changed
  for each statement execute function erp_private.invoice_items_changed();

-- paid_amount and allocated_amount follow the allocations; the invoice's status follows paid_amount.
create function erp_private.allocations_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  pay_ids bigint[] := (select array_agg(distinct r.payment_id) from changed r);
  inv_ids bigint[] := (select array_agg(distinct r.invoice_id) from changed r);
begin
  perform from payments where id = any (pay_ids) order by id for no key update;
  perform from invoices where id = any (inv_ids) order by id for no key update;
  update payments p set allocated_amount = s.amount
  from (select i.id, coalesce(sum(a.amount), 0) as amount from unnest(pay_ids) i(id)
        left join payment_allocations a on a.payment_id = i.id group by i.id) s
  where p.id = s.id and p.allocated_amount <> s.amount;
  update invoices v set paid_amount = s.amount,
    status = case when v.status in ('draft', 'cancelled') then v.status
      when s.amount = 0 then 'issued' when s.amount = v.total_amount then 'paid' else 'partially_paid' end
  from (select i.id, coalesce(sum(a.amount), 0) as amount from unnest(inv_ids) i(id)
        left join payment_allocations a on a.invoice_id = i.id group by i.id) s
  where v.id = s.id and v.paid_amount <> s.amount;
  return null;
end $$;
create trigger sum_inserted after insert on erp.payment_allocations referencing new table as changed
  for each statement execute function erp_private.allocations_changed();
create trigger sum_updated after update on erp.payment_allocations referencing new table as changed
  for each statement execute function erp_private.allocations_changed();
create trigger sum_deleted after delete on erp.payment_allocations referencing old table as changed
  for each statement execute function erp_private.allocations_changed();

create sequence erp_private.payment_no;
alter table erp.payments alter column payment_no
  set default 'PAY-' || erp_private.digits(nextval('erp_private.payment_no'), 7);

select erp_private.add_workflow('invoices', 'draft>issued', 'draft>cancelled', 'issued>partially_paid', 'issued>paid',
  'issued>cancelled!', 'partially_paid>issued', 'partially_paid>paid', 'paid>partially_paid', 'paid>issued');
select erp_private.add_workflow('payments', 'posted>cancelled!');
select erp_private.add_standard_triggers();
