-- Customers, buyers, suppliers and what they share: contacts, addresses, bank accounts, activities.
-- SPDX-License-Identifier: ISC

create table erp.customers (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  code text not null unique,
  kind text not null default 'company' constraint customer_kind check (kind in ('person', 'company')),
  first_name text,
  last_name text,
  company_name text,
  email text constraint customer_email_format check (email ~ '^[^@\s]+@[^@\s]+$' and email = lower(email)),
  phone text,
  is_active boolean not null default true,
  customer_group text not null default 'retail'
    constraint customer_group_known check (customer_group in ('retail', 'wholesale', 'export', 'internal')),
  payment_term_id bigint references erp.payment_terms,
  currency_code char(3) not null default 'USD' references erp.currencies,
  credit_limit numeric(16, 2) constraint credit_limit_positive check (credit_limit >= 0),
  salesperson_id bigint references erp.users,
  receivable_account_id bigint,
  country_code char(2) references erp.countries,
  tax_no text,
  notes text,
  search text generated always as
    (erp_private.fold(code, company_name, first_name, last_name, email, phone)) stored,
  constraint customer_has_name check (company_name is not null or last_name is not null)
);
create unique index customers_email_unique on erp.customers (lower(email)) where email is not null;
create index idx_customer_email on erp.customers (email);
create index idx_customer_name on erp.customers (last_name, first_name);
create index idx_customer_created on erp.customers (created_at);
create index idx_customer_active on erp.customers (is_active, created_at);
create index idx_customer_email_active on erp.customers (email, is_active);
create index customers_salesperson on erp.customers (salesperson_id, id);
create index customers_payment_term on erp.customers (payment_term_id);
create index customers_currency on erp.customers (currency_code);
create index customers_country on erp.customers (country_code);
create index customers_receivable_account on erp.customers (receivable_account_id);
create index customers_search on erp.customers using gin (search public.gin_trgm_ops);
comment on table erp.customers is E'Customers, persons and companies\n@module parties\n@cache lookup';
comment on column erp.customers.credit_limit is 'Largest sum of open invoices and orders; null means no limit';
comment on column erp.customers.salesperson_id is 'Who looks after the customer; without one every salesperson does';
comment on column erp.customers.search is 'Lower case without accents; filter with search=ilike.*text*';
comment on column erp.customers.created_by is
  'User id. On purpose no foreign key, in any table: embedding users stays unambiguous, inserts lock no user';
alter table erp.users add constraint users_customer_id_fkey foreign key (customer_id) references erp.customers;

create table erp.buyers (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  code text not null unique,
  buyer_name text not null,
  brand_name text,
  company_name text not null,
  customer_id bigint not null unique references erp.customers,
  head_office_country_code char(2) references erp.countries,
  email text constraint buyer_email_format check (email ~ '^[^@\s]+@[^@\s]+$'),
  phone text,
  website text,
  tax_id text,
  rating numeric(3, 1) constraint buyer_rating_range check (rating between 0 and 5),
  status text not null default 'active' constraint buyer_status check (status in ('active', 'inactive', 'on_hold')),
  merchandiser_id bigint references erp.users,
  search text generated always as (erp_private.fold(code, buyer_name, brand_name, company_name, email)) stored
);
create index idx_buyers_buyer_name on erp.buyers (buyer_name);
create index idx_buyers_email on erp.buyers (email);
create index idx_buyers_created_at on erp.buyers (created_at desc);
create index buyers_merchandiser on erp.buyers (merchandiser_id);
create index buyers_country on erp.buyers (head_office_country_code);
create index buyers_search on erp.buyers using gin (search public.gin_trgm_ops);
comment on table erp.buyers is E'Buyers of garments\n@module parties\n@cache lookup';
comment on column erp.buyers.customer_id is 'The bill-to: invoices and payments of a buyer go through this customer';
alter table erp.users add constraint users_buyer_id_fkey foreign key (buyer_id) references erp.buyers;

create table erp.brands (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  buyer_id bigint not null references erp.buyers,
  name text not null,
  constraint brands_buyer_name unique (buyer_id, name)
);
comment on table erp.brands is E'Brands of a buyer\n@module parties\n@cache lookup';

create table erp.suppliers (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  code text not null unique,
  supplier_name text not null,
  company_name text,
  supplier_type text not null constraint supplier_type_known
    check (supplier_type in ('fabric', 'trims', 'accessories', 'packaging', 'yarn', 'service', 'goods')),
  contact_person text,
  email text constraint supplier_email_format check (email ~ '^[^@\s]+@[^@\s]+$'),
  phone text,
  country_code char(2) references erp.countries,
  website text,
  tax_id text,
  rating numeric(3, 1) constraint supplier_rating_range check (rating between 0 and 5),
  payment_term_id bigint references erp.payment_terms,
  currency_code char(3) not null default 'USD' references erp.currencies,
  lead_time_days int not null default 0 constraint supplier_lead_time check (lead_time_days between 0 and 730),
  is_active boolean not null default true,
  buyer_user_id bigint references erp.users,
  search text generated always as
    (erp_private.fold(code, supplier_name, company_name, contact_person, email)) stored
);
create index idx_suppliers_supplier_name on erp.suppliers (supplier_name);
create index idx_suppliers_email on erp.suppliers (email);
create index idx_suppliers_created_at on erp.suppliers (created_at desc);
create index suppliers_type on erp.suppliers (supplier_type, is_active);
create index suppliers_country on erp.suppliers (country_code);
create index suppliers_payment_term on erp.suppliers (payment_term_id);
create index suppliers_currency on erp.suppliers (currency_code);
create index suppliers_buyer_user on erp.suppliers (buyer_user_id);
create index suppliers_search on erp.suppliers using gin (search public.gin_trgm_ops);
comment on table erp.suppliers is E'Suppliers of goods, materials and services\n@module parties\n@cache lookup';
comment on column erp.suppliers.buyer_user_id is 'The user of purchasing who looks after the supplier';
alter table erp.users add constraint users_supplier_id_fkey foreign key (supplier_id) references erp.suppliers;

create table erp.contacts (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  customer_id bigint references erp.customers on delete cascade,
  buyer_id bigint references erp.buyers on delete cascade,
  supplier_id bigint references erp.suppliers on delete cascade,
  name text not null,
  company text,
  department text,
  designation text,
  phone text,
  email text,
  country_code char(2) references erp.countries,
  is_primary boolean not null default false,
  search text generated always as (erp_private.fold(name, company, email, phone)) stored,
  constraint contact_one_party check (num_nonnulls(customer_id, buyer_id, supplier_id) = 1)
);
create index contacts_customer on erp.contacts (customer_id) where customer_id is not null;
create index contacts_buyer on erp.contacts (buyer_id) where buyer_id is not null;
create index contacts_supplier on erp.contacts (supplier_id) where supplier_id is not null;
create unique index contacts_primary_customer on erp.contacts (customer_id) where is_primary;
create unique index contacts_primary_buyer on erp.contacts (buyer_id) where is_primary;
create unique index contacts_primary_supplier on erp.contacts (supplier_id) where is_primary;
create index contacts_country on erp.contacts (country_code);
create index contacts_search on erp.contacts using gin (search public.gin_trgm_ops);
comment on table erp.contacts is E'People at a customer, buyer or supplier\n@module parties\n@cache lookup';

create table erp.addresses (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  customer_id bigint references erp.customers on delete cascade,
  buyer_id bigint references erp.buyers on delete cascade,
  supplier_id bigint references erp.suppliers on delete cascade,
  kind text not null constraint address_kind check (kind in ('billing', 'shipping', 'delivery')),
  line1 text not null,
  line2 text,
  city text not null,
  postcode text,
  country_code char(2) not null references erp.countries,
  destination_port_id bigint references erp.ports,
  place_of_delivery text,
  destination_code text,
  warehouse_no text,
  incoterm text constraint address_incoterm
    check (incoterm in ('EXW', 'FCA', 'FOB', 'CFR', 'CIF', 'CPT', 'CIP', 'DAP', 'DPU', 'DDP')),
  is_default boolean not null default false,
  constraint address_one_party check (num_nonnulls(customer_id, buyer_id, supplier_id) = 1)
);
create index addresses_customer on erp.addresses (customer_id) where customer_id is not null;
create index addresses_buyer on erp.addresses (buyer_id) where buyer_id is not null;
create index addresses_supplier on erp.addresses (supplier_id) where supplier_id is not null;
create unique index addresses_default_customer on erp.addresses (customer_id, kind) where is_default;
create unique index addresses_default_buyer on erp.addresses (buyer_id, kind) where is_default;
create unique index addresses_default_supplier on erp.addresses (supplier_id, kind) where is_default;
create index addresses_country on erp.addresses (country_code);
create index addresses_port on erp.addresses (destination_port_id) where destination_port_id is not null;
comment on table erp.addresses is E'Addresses of customers, buyers and suppliers\n@module parties\n@cache lookup';

create table erp.bank_accounts (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  customer_id bigint references erp.customers on delete cascade,
  buyer_id bigint references erp.buyers on delete cascade,
  supplier_id bigint references erp.suppliers on delete cascade,
  account_title text not null,
  bank_name text not null,
  country_code char(2) references erp.countries,
  swift_code text constraint swift_code_format check (swift_code ~ '^[A-Z0-9]{8}([A-Z0-9]{3})?$'),
  sort_code text,
  account_number text not null,
  currency_code char(3) not null references erp.currencies,
  account_type text not null default 'current'
    constraint bank_account_type check (account_type in ('current', 'savings', 'escrow')),
  constraint bank_account_party check (num_nonnulls(customer_id, buyer_id, supplier_id) <= 1)
);
create index bank_accounts_customer on erp.bank_accounts (customer_id) where customer_id is not null;
create index bank_accounts_buyer on erp.bank_accounts (buyer_id) where buyer_id is not null;
create index bank_accounts_supplier on erp.bank_accounts (supplier_id) where supplier_id is not null;
create index bank_accounts_country on erp.bank_accounts (country_code);
create index bank_accounts_currency on erp.bank_accounts (currency_code);
comment on table erp.bank_accounts is
  E'Bank accounts of parties, and our own (no party): for accountants only\n@module parties\n@cache lookup';

create table erp.activities (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  customer_id bigint references erp.customers on delete cascade,
  buyer_id bigint references erp.buyers on delete cascade,
  supplier_id bigint references erp.suppliers on delete cascade,
  kind text not null constraint activity_kind check (kind in ('call', 'email', 'meeting', 'task', 'note')),
  subject text not null,
  body text not null default '',
  due_at timestamptz,
  done_at timestamptz,
  user_id bigint references erp.users,
  constraint activity_party check (num_nonnulls(customer_id, buyer_id, supplier_id) <= 1)
);
create index activities_customer on erp.activities (customer_id, id desc) where customer_id is not null;
create index activities_buyer on erp.activities (buyer_id, id desc) where buyer_id is not null;
create index activities_supplier on erp.activities (supplier_id, id desc) where supplier_id is not null;
create index activities_open on erp.activities (user_id, due_at) where done_at is null;
create index activities_user on erp.activities (user_id);
comment on table erp.activities is E'Calls, meetings, tasks and notes\n@module parties\n@cache transactional';

select erp_private.add_standard_triggers();
