-- Demo data: users, customers, buyers, suppliers and what belongs to them.
-- SPDX-License-Identifier: ISC

-- The first eleven users are one for each role, so that every role can be tried; the others fill the offices.
create or replace function erp_demo.fill_users(scale text) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'users');
begin
  insert into erp.users (id, username, email, full_name, employee_no, department_id, role, is_active, last_login_at,
    locale, theme, created_at, updated_at)
  overriding system value
  select i, name, name || '@example.com', full_name, case when i <= 9 then 'E' || lpad(i::text, 5, '0') end,
    (select d.id from erp.departments d where d.code = dept), 'erp_' || role, true,
    erp_demo.at(erp_demo.anchor() - 1, i, 11), 'en', 'light', '2022-12-01Z', '2022-12-01Z'
  from (values
    (1, 'admin', 'Ada Admin', 'IT', 'admin'), (2, 'manager', 'Magnus Manager', 'MGT', 'manager'),
    (3, 'sales', 'Ayşe Sales', 'SAL', 'sales'), (4, 'purchasing', 'Pavel Purchasing', 'PUR', 'purchasing'),
    (5, 'warehouse', 'Wanda Warehouse', 'WHS', 'warehouse'), (6, 'merchandiser', 'Mahmuda Merchandiser', 'MER', 'merchandiser'),
    (7, 'accountant', 'Ali Accountant', 'ACC', 'accountant'), (8, 'analyst', 'Anna Analyst', 'MGT', 'analyst'),
    (9, 'viewer', 'Viktor Viewer', 'MGT', 'viewer'), (10, 'customer', 'Carla Customer', null, 'portal_customer'),
    (11, 'buyer', 'Björn Buyer', null, 'portal_buyer')) t(i, name, full_name, dept, role);
  insert into erp.users (id, username, email, full_name, employee_no, department_id, role, is_active, last_login_at,
    locale, theme, created_at, updated_at)
  overriding system value
  select i, 'user' || i, 'user' || i || '@example.com', erp_demo.first_name(i) || ' ' || erp_demo.last_name(i),
    'E' || lpad(i::text, 5, '0'),
    (select d.id from erp.departments d where d.code = ('{SAL,SAL,SAL,SAL,MER,MER,WHS,PUR,ACC,MGT}'::text[])[1 + i % 10]),
    ('{erp_sales,erp_sales,erp_sales,erp_sales,erp_merchandiser,erp_merchandiser,erp_warehouse,erp_purchasing,erp_accountant,
      erp_viewer}'::text[])[1 + i % 10],
    erp_demo.h(i, 12) % 20 > 0,
    case when erp_demo.h(i, 13) % 9 > 0 then erp_demo.at(erp_demo.anchor() - (erp_demo.h(i, 14) % 40)::int, i, 15) end,
    erp_demo.pick(i, 16, '{en,en,de,tr,bn,fr,zh,ar}'::text[]), erp_demo.pick(i, 17, '{light,light,dark,system}'::text[]),
    erp_demo.at(date '2022-12-01' + (erp_demo.h(i, 18) % 900)::int, i, 19), '2025-12-01Z'
  from generate_series(12, total) i;
  insert into erp.user_roles (user_id, role)
  select id, role from erp.users union all select 2, 'erp_sales'
  union all select id, 'erp_viewer' from erp.users where id > 11 and role <> 'erp_viewer' and id % 3 = 0;
  update erp.departments d set manager_id = (select min(u.id) from erp.users u where u.department_id = d.id);
  perform erp_demo.fix_identity('users', 'user_roles');
  return total;
end $$;

create or replace function erp_demo.staff(wanted text) returns bigint[]
language sql stable as $$ select array_agg(id order by id) from erp.users where role = wanted $$;

-- Days over three years, the first half thinner than the second: business grows.
create or replace function erp_demo.day_of(i bigint, total bigint) returns date
language sql immutable parallel safe as $$
  select date '2026-01-01' - 1095 + floor(1095 * power((i - 0.5::float8) / total, 0.85::float8))::int
$$;

create or replace function erp_demo.fill_customers(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'customers');
  buyers int := erp_demo.n(scale, 'buyers');
  sellers bigint[] := erp_demo.staff('erp_sales');
begin
  insert into erp.customers (id, code, kind, first_name, last_name, company_name, email, phone, is_active, customer_group,
    payment_term_id, currency_code, credit_limit, salesperson_id, country_code, tax_no, notes, created_at, updated_at, created_by)
  overriding system value
  select i, 'C' || lpad(i::text, 7, '0'), case when person then 'person' else 'company' end,
    case when person or erp_demo.h(i, 21) % 3 > 0 then erp_demo.first_name(i) end,
    case when person or erp_demo.h(i, 21) % 3 > 0 then erp_demo.last_name(i * 3 + 1) end,
    case when not person then erp_demo.company(i) end,
    case when erp_demo.h(i, 22) % 50 > 0 then 'c' || i || '@' || erp_demo.pick(i, 23, '{example.com,shop.test,mail.test}'::text[]) end,
    '+' || (10 + erp_demo.h(i, 24) % 80) || ' ' || (1000000 + erp_demo.h(i, 25) % 8999999),
    erp_demo.h(i, 26) % 12 > 0,
    case when person then 'retail' else erp_demo.pick(i, 27, '{wholesale,wholesale,export,retail}'::text[]) end,
    1 + erp_demo.h(i, 28) % 7, erp_demo.pick(i, 29, '{USD,USD,EUR,EUR,GBP,TRY}'::text[]),
    case when person then null else (5 + erp_demo.h(i, 30) % 496) * 10000 end,
    case when i = 1 then 3 when erp_demo.h(i, 31) % 10 > 0 then erp_demo.pick(i, 32, sellers) end,
    erp_demo.country(i, 33),
    case when erp_demo.h(i, 34) % 3 > 0 then 'TX' || (10000000 + erp_demo.h(i, 35) % 89999999) end,
    case erp_demo.h(i, 36) % 40 when 0 then '🚚 deliveries only before 10:00' when 1 then 'Wants "net" prices; calls back <often> & late'
      when 2 then repeat('Long-standing customer, see the file. ', 40) when 3 then E'two\nlines\tand a tab' end,
    erp_demo.at(erp_demo.day_of(i, total), i, 37), erp_demo.at(erp_demo.day_of(i, total), i, 37),
    erp_demo.pick(i, 38, sellers)
  from (select i, i > 1 and i > buyers and erp_demo.h(i, 20) % 3 = 0 as person
        from generate_series(lo, hi) i offset 0) t;
  insert into erp.contacts (customer_id, name, company, department, designation, phone, email, country_code, is_primary, created_at)
  select c.id, erp_demo.first_name(c.id * 7 + k) || ' ' || erp_demo.last_name(c.id * 11 + k), c.company_name,
    erp_demo.pick(c.id + k, 41, '{Purchasing,Finance,Logistics,Management}'::text[]),
    erp_demo.pick(c.id + k, 42, '{Head of department,Clerk,Director,Assistant}'::text[]),
    c.phone || '-' || k, 'contact' || k || '.c' || c.id || '@example.com', c.country_code, k = 1, c.created_at
  from erp.customers c, generate_series(1, (erp_demo.h(c.id, 40) % 3)::int) k
  where c.id between lo and hi and c.kind = 'company';
  insert into erp.addresses (customer_id, kind, line1, line2, city, postcode, country_code, is_default, created_at)
  select c.id, k.kind, (1 + erp_demo.h(c.id, 43) % 240) || ' ' || erp_demo.pick(c.id, 44,
      '{Market Street,Hauptstraße,İstiklal Caddesi,Rue de l''Église,Gulshan Avenue,Harbour Road,人民路}'::text[]),
    case when erp_demo.h(c.id, 45) % 5 = 0 then '2nd floor' end,
    erp_demo.pick(c.id, 46, '{Berlin,München,London,New York,İstanbul,Dhaka,Göteborg,København,Paris,Málaga,Milano,Łódź,上海}'::text[]),
    (10000 + erp_demo.h(c.id, 47) % 89999)::text, c.country_code, true, c.created_at
  from erp.customers c, unnest(case when erp_demo.h(c.id, 48) % 2 = 0 then '{billing}'::text[] else '{billing,shipping}' end) k(kind)
  where c.id between lo and hi;
  perform erp_demo.fix_identity('customers', 'contacts', 'addresses');
  return hi - lo + 1;
end $$;

-- A buyer is billed through a customer: the first customers are the buyers'.
create or replace function erp_demo.fill_partners(scale text) returns bigint
language plpgsql as $$
declare
  buyers int := erp_demo.n(scale, 'buyers');
  suppliers int := erp_demo.n(scale, 'suppliers');
  merch bigint[] := erp_demo.staff('erp_merchandiser');
  purch bigint[] := erp_demo.staff('erp_purchasing');
begin
  insert into erp.buyers (id, code, buyer_name, brand_name, company_name, customer_id, head_office_country_code, email, phone,
    website, tax_id, rating, status, merchandiser_id, created_at, updated_at)
  overriding system value
  select i, 'B' || lpad(i::text, 4, '0'), erp_demo.first_name(i + 500) || ' ' || erp_demo.last_name(i + 500),
    erp_demo.pick(i, 51, '{Nordlicht,Sahara,Bluebell,Maison Rive,Kite & Co,Peak,Mavi Deniz,Urban Fox}'::text[]) || ' ' || i,
    c.company_name, i, c.country_code, 'buyer' || i || '@example.com', c.phone, 'https://buyer' || i || '.example.com', c.tax_no,
    round((2 + 3 * erp_demo.u(i, 52))::numeric, 1),
    case when i = 1 then 'active' else erp_demo.pick(i, 53, '{active,active,active,active,active,inactive,on_hold}'::text[]) end,
    case when i = 1 then 6 else erp_demo.pick(i, 54, merch) end, c.created_at, c.created_at
  from generate_series(1, buyers) i join erp.customers c on c.id = i;
  insert into erp.brands (buyer_id, name)
  select b.id, b.brand_name || ' ' || k from erp.buyers b, unnest('{Women,Men,Kids}'::text[]) with ordinality t(k, n)
  where t.n <= 1 + erp_demo.h(b.id, 55) % 3;
  insert into erp.suppliers (id, code, supplier_name, company_name, supplier_type, contact_person, email, phone, country_code,
    website, rating, payment_term_id, currency_code, lead_time_days, is_active, buyer_user_id, created_at, updated_at)
  overriding system value
  select i, 'S' || lpad(i::text, 5, '0'), erp_demo.company(i + 7000), erp_demo.company(i + 7000),
    (array['goods', 'goods', 'goods', 'fabric', 'trims', 'accessories', 'packaging', 'yarn', 'service', 'goods'])[1 + i % 10],
    erp_demo.first_name(i + 900) || ' ' || erp_demo.last_name(i + 900), 'supplier' || i || '@example.com',
    '+' || (10 + i % 80) || ' ' || (1000000 + erp_demo.h(i, 61) % 8999999), erp_demo.country(i, 62),
    'https://supplier' || i || '.example.com', round((1 + 4 * erp_demo.u(i, 63))::numeric, 1), 1 + erp_demo.h(i, 64) % 10,
    erp_demo.pick(i, 65, '{USD,USD,EUR,BDT,CNY}'::text[]), (3 + erp_demo.h(i, 66) % 60)::int, erp_demo.h(i, 67) % 15 > 0 or i <= 10,
    erp_demo.pick(i, 68, purch), erp_demo.at(date '2022-12-01' + (i % 700), i, 69), '2025-01-01Z'
  from generate_series(1, suppliers) i;
  insert into erp.contacts (buyer_id, name, company, designation, email, is_primary)
  select id, buyer_name, company_name, 'Head of buying', email, true from erp.buyers;
  insert into erp.contacts (supplier_id, name, company, designation, email, is_primary)
  select id, contact_person, company_name, 'Sales', email, true from erp.suppliers;
  insert into erp.addresses (buyer_id, kind, line1, city, country_code, destination_port_id, incoterm, warehouse_no, is_default)
  select b.id, 'delivery', 'Distribution centre ' || b.id, 'Hamburg', coalesce(b.head_office_country_code, 'DE'),
    (select p.id from erp.ports p where p.code = 'DEHAM'), erp_demo.pick(b.id, 71, '{FOB,FOB,CIF,FCA,DDP}'::text[]),
    'W' || b.id, true
  from erp.buyers b;
  insert into erp.addresses (supplier_id, kind, line1, city, country_code, is_default)
  select s.id, 'billing', 'Plot ' || s.id || ', Industrial Area', 'Dhaka', s.country_code, true from erp.suppliers s;
  insert into erp.bank_accounts (supplier_id, account_title, bank_name, country_code, swift_code, account_number, currency_code)
  select s.id, s.company_name, 'Example Bank', s.country_code, 'EXMP' || s.country_code || '2X', (10000000 + s.id)::text, s.currency_code
  from erp.suppliers s;
  insert into erp.bank_accounts (account_title, bank_name, country_code, swift_code, account_number, currency_code)
  values ('Example Trading Ltd.', 'First Example Bank', 'GB', 'FEXBGB2LXXX', '00001111', 'USD'),
         ('Example Trading Ltd.', 'Second Example Bank', 'DE', 'SEXBDEFF', '00002222', 'EUR');
  update erp.users set customer_id = 1 where id = 10;
  update erp.users set buyer_id = 1 where id = 11;
  perform erp_demo.fix_identity('buyers', 'brands', 'suppliers', 'contacts', 'addresses', 'bank_accounts', 'users');
  return buyers + suppliers;
end $$;
