-- Products and what is known about them. A product is the only thing that can be stocked; materials and style SKUs extend it.
-- SPDX-License-Identifier: ISC

create table erp.product_categories (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  parent_id bigint references erp.product_categories,
  code text not null unique,
  name text not null,
  path text not null default '',
  sort_order int not null default 0,
  constraint product_categories_name unique nulls not distinct (parent_id, name)
);
create index product_categories_path on erp.product_categories (path text_pattern_ops);
comment on table erp.product_categories is E'Tree of product categories\n@module catalogue\n@cache lookup';
comment on column erp.product_categories.path is
  'Codes from the root, /GARM/KNIT/: path=like./GARM/* finds a whole branch. Kept by a trigger';

create function erp_private.category_path() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  new.path := coalesce((select c.path from product_categories c where c.id = new.parent_id), '/') || new.code || '/';
  if tg_op = 'UPDATE' and starts_with(new.path, old.path) and new.path <> old.path and new.parent_id is not null
     and exists (select from product_categories c where c.id = new.parent_id and starts_with(c.path, old.path)) then
    perform erp_private.fail('23514', 'product_categories_no_cycle',
      format('category %s cannot be below itself', old.code));
  end if;
  return new;
end $$;
create trigger category_path before insert or update of parent_id, code on erp.product_categories
  for each row execute function erp_private.category_path();

-- A branch that moved takes its children along: touching code makes their own trigger run, level by level.
create function erp_private.category_children() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  update product_categories set code = code where parent_id = new.id;
  return null;
end $$;
create trigger category_children after update on erp.product_categories
  for each row when (old.path <> new.path) execute function erp_private.category_children();

create table erp.products (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  sku text not null unique,
  barcode text unique,
  name text not null,
  description text not null default '',
  kind text not null default 'goods'
    constraint product_kind check (kind in ('goods', 'material', 'garment', 'service')),
  category_id bigint references erp.product_categories,
  unit_code text not null default 'pcs' references erp.units,
  sale_price numeric(14, 4) not null default 0 constraint sale_price_positive check (sale_price >= 0),
  cost_price numeric(14, 4) not null default 0 constraint cost_price_positive check (cost_price >= 0),
  currency_code char(3) not null default 'USD' references erp.currencies,
  tax_rate_id bigint references erp.tax_rates,
  default_supplier_id bigint references erp.suppliers,
  is_active boolean not null default true,
  track_lots boolean not null default false,
  minimum_stock numeric(14, 3) not null default 0 constraint minimum_stock_positive check (minimum_stock >= 0),
  current_stock numeric(14, 3) not null default 0,
  weight_g numeric(12, 3),
  image_key text,
  attributes jsonb not null default '{}',
  search text generated always as (erp_private.fold(sku, name, barcode)) stored
);
create index idx_product_category on erp.products (category_id);
create index idx_product_active on erp.products (is_active);
create index idx_product_created on erp.products (created_at);
create index products_list on erp.products (kind, is_active, name);
create index products_low_stock on erp.products (id) where current_stock <= minimum_stock and minimum_stock > 0 and is_active;
-- For the list of what is short, the worst first.
create index products_shortage on erp.products ((minimum_stock - current_stock) desc, id)
  where current_stock <= minimum_stock and minimum_stock > 0 and is_active;
create index products_attributes on erp.products using gin (attributes jsonb_path_ops);
create index products_search on erp.products using gin (search public.gin_trgm_ops);
create index products_unit on erp.products (unit_code);
create index products_currency on erp.products (currency_code);
create index products_tax_rate on erp.products (tax_rate_id);
create index products_default_supplier on erp.products (default_supplier_id);
create unique index products_material_name on erp.products (name) where kind = 'material';
comment on table erp.products is E'Goods, materials, garments and services\n@module catalogue\n@cache lookup';
comment on column erp.products.current_stock is 'On hand in all warehouses; kept by the stock ledger';
comment on column erp.products.minimum_stock is 'At or below this the product is low on stock; 0: nobody watches it';
comment on column erp.products.cost_price is 'Average cost; not for sales, viewers and portals';
comment on column erp.products.track_lots is 'Every move of this product must name a lot';

-- What the world may see, for anonymous visitors. Runs with the rights of its owner, hence the filter is the rule.
create view erp.public_products as
  select p.id, p.sku, p.name, p.description, p.kind, p.category_id, p.unit_code, p.sale_price, p.currency_code,
         p.image_key, p.attributes, p.current_stock > 0 as in_stock, p.search
  from erp.products p
  where p.is_active and p.kind in ('goods', 'garment');
comment on view erp.public_products is E'Public part of the catalogue\n@module catalogue\n@cache lookup';

create view erp.product_stock with (security_invoker = true) as
  select p.id, p.sku, p.barcode, p.name, p.kind, p.category_id, p.unit_code, p.sale_price, p.currency_code,
         p.default_supplier_id, p.minimum_stock, p.current_stock, p.minimum_stock - p.current_stock as shortage,
         p.is_active
  from erp.products p;
comment on view erp.product_stock is E'Products with their stock level, without costs\n@module catalogue\n@cache transactional';

create table erp.materials (
  product_id bigint primary key references erp.products on delete cascade,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  material_category text not null constraint material_category_known check
    (material_category in ('fabric', 'trims', 'accessories', 'packaging', 'yarn', 'thread', 'chemical')),
  composition text,
  construction text,
  gsm numeric(8, 2) constraint gsm_positive check (gsm > 0),
  width_cm numeric(8, 2) constraint width_positive check (width_cm > 0),
  yarn_count text,
  color_id bigint,
  shrinkage_pct numeric(5, 2) constraint shrinkage_range check (shrinkage_pct between -50 and 100),
  lead_time_days int not null default 0 constraint material_lead_time check (lead_time_days between 0 and 730),
  moq numeric(14, 3) not null default 0 constraint moq_positive check (moq >= 0),
  wastage_pct numeric(5, 2) not null default 0 constraint wastage_range check (wastage_pct between 0 and 100)
);
create index materials_category on erp.materials (material_category);
create index materials_color on erp.materials (color_id);
comment on table erp.materials is E'Fabrics, trims and the like: what a product of kind material adds\n@module catalogue\n@cache material';
comment on column erp.materials.gsm is 'Weight of the fabric in grams per square metre';
comment on column erp.materials.moq is 'Smallest quantity that can be ordered, in the unit of the product';

create table erp.unit_conversions (
  id bigint generated always as identity primary key,
  product_id bigint not null references erp.products on delete cascade,
  from_unit_code text not null references erp.units,
  to_unit_code text not null references erp.units,
  factor numeric(18, 8) not null constraint conversion_positive check (factor > 0),
  constraint unit_conversions_pair unique (product_id, from_unit_code, to_unit_code),
  constraint conversion_differs check (from_unit_code <> to_unit_code)
);
create index unit_conversions_from on erp.unit_conversions (from_unit_code);
create index unit_conversions_to on erp.unit_conversions (to_unit_code);
comment on table erp.unit_conversions is
  E'Conversions that hold for one product only, such as 1 kg of a knit = 2.9 m\n@module catalogue\n@cache material';

create table erp.product_suppliers (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  product_id bigint not null references erp.products on delete cascade,
  supplier_id bigint not null references erp.suppliers,
  supplier_code text,
  price numeric(14, 4) not null constraint supplier_price_positive check (price >= 0),
  currency_code char(3) not null default 'USD' references erp.currencies,
  min_qty numeric(14, 3) not null default 1 constraint supplier_min_qty check (min_qty > 0),
  lead_time_days int not null default 0 constraint product_supplier_lead_time check (lead_time_days between 0 and 730),
  valid_from date not null default '2000-01-01',
  valid_to date,
  is_preferred boolean not null default false,
  constraint product_suppliers_price unique (product_id, supplier_id, min_qty, valid_from),
  constraint product_suppliers_valid check (valid_to >= valid_from)
);
create unique index product_suppliers_preferred on erp.product_suppliers (product_id) where is_preferred;
create index product_suppliers_supplier on erp.product_suppliers (supplier_id);
create index product_suppliers_currency on erp.product_suppliers (currency_code);
comment on table erp.product_suppliers is E'Who supplies what, at which price\n@module catalogue\n@cache material';

create table erp.price_lists (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  currency_code char(3) not null references erp.currencies,
  kind text not null constraint price_list_kind check (kind in ('sales', 'purchase')),
  valid_from date not null default '2000-01-01',
  valid_to date,
  is_active boolean not null default true,
  constraint price_list_valid check (valid_to >= valid_from)
);
create index price_lists_currency on erp.price_lists (currency_code);
comment on table erp.price_lists is E'Price lists\n@module catalogue\n@cache lookup';

create table erp.price_list_items (
  id bigint generated always as identity primary key,
  price_list_id bigint not null references erp.price_lists on delete cascade,
  product_id bigint not null references erp.products,
  min_qty numeric(14, 3) not null default 1 constraint price_min_qty check (min_qty > 0),
  price numeric(14, 4) not null constraint price_positive check (price >= 0),
  constraint price_list_items_step unique (price_list_id, product_id, min_qty)
);
create index price_list_items_product on erp.price_list_items (product_id);
comment on table erp.price_list_items is E'Prices of a list, by quantity\n@module catalogue\n@cache lookup';
comment on column erp.price_list_items.min_qty is 'The price holds from this quantity on';

select erp_private.add_standard_triggers();
