-- Reference data: what every other module points at and hardly anybody changes.
-- SPDX-License-Identifier: ISC

create table erp.currencies (
  code char(3) primary key constraint currency_code_format check (code ~ '^[A-Z]{3}$'),
  name text not null,
  symbol text not null default '',
  minor_units smallint not null default 2 constraint minor_units_range check (minor_units between 0 and 4)
);
comment on table erp.currencies is E'Currencies (ISO 4217)\n@module reference\n@cache lookup';
comment on column erp.currencies.minor_units is 'Decimal places of the smallest coin: 2 for EUR, 0 for JPY';

create table erp.exchange_rates (
  id bigint generated always as identity primary key,
  currency_code char(3) not null references erp.currencies,
  rate numeric(18, 8) not null constraint rate_positive check (rate > 0),
  valid_from date not null,
  constraint exchange_rates_currency_day unique (currency_code, valid_from)
);
comment on table erp.exchange_rates is E'Exchange rates to the base currency by day\n@module reference\n@cache lookup';
comment on column erp.exchange_rates.rate is 'Units of the base currency for one unit of this currency';

create table erp.countries (
  code char(2) primary key constraint country_code_format check (code ~ '^[A-Z]{2}$'),
  name text not null,
  region text not null,
  dial_code text
);
comment on table erp.countries is E'Countries (ISO 3166)\n@module reference\n@cache lookup';

create table erp.ports (
  id bigint generated always as identity primary key,
  code text not null unique constraint port_code_format check (code ~ '^[A-Z]{2}[A-Z0-9]{3}$'),
  name text not null,
  country_code char(2) not null references erp.countries,
  kind text not null constraint port_kind check (kind in ('sea', 'air', 'land')),
  search text generated always as (erp_private.fold(code, name)) stored
);
create index ports_country on erp.ports (country_code);
create index ports_search on erp.ports using gin (search public.gin_trgm_ops);
comment on table erp.ports is E'Ports and airports\n@module reference\n@cache lookup';
comment on column erp.ports.code is 'UN/LOCODE without the space';

create table erp.units (
  code text primary key,
  name text not null,
  dimension text not null constraint unit_dimension check (dimension in ('count', 'length', 'mass', 'time', 'area')),
  factor numeric(18, 8) not null constraint unit_factor_positive check (factor > 0)
);
comment on table erp.units is E'Units of measure\n@module reference\n@cache lookup';
comment on column erp.units.factor is 'How many of the base unit of the dimension (pcs, m, kg, min, m2) make one of these';

create table erp.payment_terms (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  net_days int not null default 0 constraint net_days_range check (net_days between 0 and 365),
  advance_pct numeric(5, 2) not null default 0 constraint advance_pct_range check (advance_pct between 0 and 100)
);
comment on table erp.payment_terms is E'Payment terms\n@module reference\n@cache lookup';
comment on column erp.payment_terms.advance_pct is 'Share of the total that is due before delivery';

create table erp.tax_rates (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  rate numeric(6, 3) not null constraint tax_rate_range check (rate between 0 and 100),
  kind text not null constraint tax_kind check (kind in ('sales', 'purchase')),
  country_code char(2) references erp.countries,
  is_active boolean not null default true
);
create index tax_rates_country on erp.tax_rates (country_code);
comment on table erp.tax_rates is E'Tax rates in per cent\n@module reference\n@cache lookup';

create table erp.departments (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  manager_id bigint
);
create index departments_manager on erp.departments (manager_id);
comment on table erp.departments is E'Departments of the company\n@module reference\n@cache lookup';

-- The registry says which settings exist and of which type; a misspelt key is refused instead of ignored.
create table erp_private.setting_registry (
  key text primary key,
  json_type text not null check (json_type in ('number', 'string', 'boolean', 'object', 'null')),
  description text not null,
  fallback jsonb not null
);
insert into erp_private.setting_registry values
  ('company.name', 'string', 'Name of the company on documents', '"Example Trading Ltd."'),
  ('company.base_currency', 'string', 'Currency of the books', '"USD"'),
  ('sales.over_delivery_pct', 'number', 'How much more than ordered may be delivered, per cent', '0'),
  ('sales.over_billing_pct', 'number', 'How much more than ordered may be invoiced, per cent', '0'),
  ('sales.credit_check', 'boolean', 'Refuse orders beyond the credit limit of the customer', 'true'),
  ('purchase.over_receipt_pct', 'number', 'How much more than ordered may be received, per cent', '5'),
  ('accounting.allow_backdated_days', 'number', 'How many days back a document may be dated', '60'),
  ('accounting.receivable', 'string', 'Account of receivables', '"1200"'),
  ('accounting.payable', 'string', 'Account of payables', '"2100"'),
  ('accounting.sales', 'string', 'Account of sales income', '"4000"'),
  ('accounting.sales_tax', 'string', 'Account of tax owed', '"2300"'),
  ('accounting.purchase_tax', 'string', 'Account of tax to reclaim', '"1400"'),
  ('accounting.bank', 'string', 'Account of payments in a currency that has no bank account of its own', '"1010"'),
  ('accounting.stock', 'string', 'Account of goods in stock', '"1300"'),
  ('accounting.cogs', 'string', 'Account of the cost of goods sold', '"5000"'),
  ('accounting.received_not_billed', 'string', 'Account of goods received and not yet invoiced', '"2110"'),
  ('accounting.exchange', 'string', 'Account of exchange differences', '"6800"'),
  ('accounting.rounding', 'string', 'Account of the cents that rounding leaves', '"6900"'),
  ('smv.allowance_factor', 'number', 'Allowance on the basic minutes of an operation', '1.15'),
  ('presentations.link_days', 'number', 'Days that a shared link lives by default', '30');

create table erp.settings (
  key text primary key,
  value jsonb not null,
  description text not null default '',
  updated_at timestamptz not null default now()
);
comment on table erp.settings is E'Settings of the company\n@module reference\n@cache lookup';

create function erp_private.check_setting() returns trigger
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  known record;
begin
  select * into known from setting_registry r where r.key = new.key;
  if not found then
    perform fail('23514', 'settings_key_known', format('there is no setting "%s"', new.key),
      hint => 'Known settings are listed in the documentation of the ERP.');
  end if;
  if jsonb_typeof(new.value) <> known.json_type then
    perform fail('23514', 'settings_value_type',
      format('setting "%s" must be a %s', new.key, known.json_type));
  end if;
  if new.description = '' then
    new.description := known.description;
  end if;
  return new;
end $$;
create trigger check_setting before insert or update on erp.settings
  for each row execute function erp_private.check_setting();

create function erp_private.setting(key text) returns jsonb
language sql stable security definer set search_path = erp_private, pg_temp as $$
  select coalesce((select s.value from erp.settings s where s.key = $1),
                  (select r.fallback from setting_registry r where r.key = $1))
$$;
create function erp_private.setting_number(key text) returns numeric
language sql stable as $$ select (erp_private.setting($1) #>> '{}')::numeric $$;
create function erp_private.setting_text(key text) returns text
language sql stable as $$ select erp_private.setting($1) #>> '{}' $$;

-- The books are kept in the base currency; every document has the rate that its amounts are booked at.
create function erp_private.rate_on(currency text, day date) returns numeric
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  found_rate numeric;
begin
  if currency = erp_private.setting_text('company.base_currency') then
    return 1;
  end if;
  select r.rate into found_rate from exchange_rates r where r.currency_code = currency and r.valid_from <= day
  order by r.valid_from desc limit 1;
  if not found then
    perform erp_private.fail('23514', 'exchange_rates_missing', format('there is no exchange rate of %s for %s', currency, day),
      hint => 'Enter one in exchange_rates.');
  end if;
  return found_rate;
end $$;
comment on function erp_private.rate_on(text, date) is 'Units of the base currency for one of another: the newest rate of the day';

create function erp_private.in_base(amount numeric, rate numeric) returns numeric
language sql immutable parallel safe as $$ select round($1 * $2, 2) $$;

-- For documents with currency_code and exchange_rate; the argument names the column of their day.
create function erp_private.document_rate() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if tg_op = 'UPDATE' and new.currency_code <> old.currency_code and new.exchange_rate = old.exchange_rate then
    new.exchange_rate := 1;
  end if;
  if new.currency_code = erp_private.setting_text('company.base_currency') then
    if new.exchange_rate <> 1 then
      perform erp_private.fail('23514', tg_table_name || '_rate_of_base', format('%s is the base currency, its rate is 1', new.currency_code));
    end if;
  elsif new.exchange_rate = 1 then
    new.exchange_rate := erp_private.rate_on(new.currency_code, (to_jsonb(new) ->> tg_argv[0])::date);
  end if;
  return new;
end $$;
comment on function erp_private.document_rate() is 'A foreign document without a rate (1), or with that of another currency, gets that of its day';

select erp_private.add_standard_triggers();
