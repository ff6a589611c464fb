-- Demo data: categories, products, materials, prices, warehouses.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.fill_categories(scale text) returns bigint
language plpgsql as $$
begin
  insert into erp.product_categories (code, name, sort_order)
  select code, name, n from unnest('{GOODS,MATERIAL,GARMENT,SERVICE}'::text[], '{Goods,Materials,Garments,Services}'::text[])
    with ordinality t(code, name, n);
  insert into erp.product_categories (parent_id, code, name, sort_order)
  select c.id, t.code, t.name, 0 from (values
    ('MATERIAL', 'FABRIC', 'Fabrics'), ('MATERIAL', 'TRIMS', 'Trims'), ('MATERIAL', 'YARN', 'Yarns'),
    ('MATERIAL', 'PACK', 'Packaging'), ('GARMENT', 'KNIT', 'Knitwear'), ('GARMENT', 'WOVEN', 'Woven'),
    ('GARMENT', 'DENIM', 'Denim'), ('GARMENT', 'SWEATER', 'Sweaters')) t(parent, code, name)
  join erp.product_categories c on c.code = t.parent;
  insert into erp.product_categories (parent_id, code, name, sort_order)
  select c.id, 'G' || lpad(i::text, 3, '0'),
    (array['Home textiles', 'Kitchen', 'Office', 'Toys', 'Sports', 'Garden', 'Tools', 'Lighting', 'Bags', 'Shoes', 'Möbel',
      'Électronique', 'Büro', 'Cosmetics', 'Stationery', 'Pet supplies'])[1 + i % 16] || case when i > 16 then ' ' || i else '' end, i
  from generate_series(1, erp_demo.n(scale, 'categories') - 12) i join erp.product_categories c on c.code = 'GOODS';
  insert into erp.warehouses (code, name, kind, country_code, address, allow_negative, manager_id)
  select code, name, kind, country, name || ', dock 1', kind in ('transit', 'wip'), 5 from (values
    ('MAIN', 'Main warehouse', 'goods', 'DE'), ('EAST', 'Warehouse East (Łódź)', 'goods', 'PL'), ('FAB', 'Fabric store', 'fabric', 'BD'),
    ('TRIM', 'Trims store', 'trims', 'BD'), ('FIN', 'Finished goods', 'finished', 'BD'), ('TRANSIT', 'Goods in transit', 'transit', null),
    ('WIP', 'Sewing floor', 'wip', 'BD'), ('WEST', 'Warehouse West', 'goods', 'GB'), ('SCRAP', 'Scrap', 'scrap', 'BD'))
    t(code, name, kind, country)
  limit erp_demo.n(scale, 'warehouses');
  insert into erp.warehouses (code, name, kind, country_code)
  select 'W' || lpad(i::text, 3, '0'), 'Warehouse ' || i, 'goods', erp_demo.country(i, 301)
  from generate_series(10, erp_demo.n(scale, 'warehouses')) i;
  return (select count(*) from erp.product_categories) + (select count(*) from erp.warehouses);
end $$;

create or replace function erp_demo.goods_warehouses() returns bigint[]
language sql stable as $$ select array_agg(id order by id) from erp.warehouses where kind = 'goods' $$;

-- Goods have the ids 1 .. goods, materials follow; style SKUs come with their styles.
create or replace function erp_demo.fill_goods(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  cats bigint[] := (select array_agg(c.id order by c.id) from erp.product_categories c where c.path like '/GOODS/_%');
  sups bigint[] := (select array_agg(s.id order by s.id) from erp.suppliers s where s.supplier_type = 'goods');
begin
  insert into erp.products (id, sku, barcode, name, description, kind, category_id, unit_code, sale_price, cost_price,
    currency_code, tax_rate_id, default_supplier_id, is_active, weight_g, image_key, attributes, created_at, updated_at)
  overriding system value
  select i, 'SKU-' || lpad(i::text, 6, '0'), case when erp_demo.h(i, 310) % 10 > 0 then (4000000000000 + i * 7)::text end,
    erp_demo.pick(i, 311, '{Classic,Premium,Eco,Mini,Pro,Süße,Deluxe,Basic,Travel,Smart}'::text[]) || ' ' ||
    erp_demo.pick(i, 312, '{cushion,lamp,notebook,mug,backpack,kettle,towel,puzzle,racket,planter,drill,wallet,blanket,pen set,
      sandal,chair,tea glass (çay bardağı),clock,umbrella,bowl}'::text[]) || ' ' || i,
    case when erp_demo.h(i, 313) % 3 = 0 then 'Made to last; see the care label. ' || repeat('Details follow. ', (erp_demo.h(i, 314) % 12)::int)
      else '' end,
    'goods', erp_demo.pick(i, 315, cats), 'pcs', round((cost * (1.25 + erp_demo.u(i, 316)))::numeric, 2), round(cost::numeric, 2), 'USD',
    1 + erp_demo.h(i, 317) % 5, erp_demo.pick(i, 318, sups), erp_demo.h(i, 319) % 14 > 0,
    round((20 + 4000 * power(erp_demo.u(i, 320), 3::float8))::numeric, 1),
    case when erp_demo.h(i, 321) % 4 > 0 then 'products/' || i || '.webp' end,
    jsonb_build_object('color', erp_demo.pick(i, 322, '{red,blue,green,black,white,ecru}'::text[]),
      'origin', erp_demo.country(i, 323), 'eco', erp_demo.h(i, 324) % 3 = 0),
    erp_demo.at(date '2022-06-01' + (erp_demo.h(i, 325) % 1200)::int, i, 326), erp_demo.anchor() - 30
  from (select i, 1 + 120 * power(erp_demo.u(i, 309), 2.5::float8) as cost from generate_series(lo, hi) i offset 0) t;
  insert into erp.product_suppliers (product_id, supplier_id, supplier_code, price, lead_time_days, is_preferred)
  select p.id, p.default_supplier_id, 'X' || p.id, p.cost_price, (5 + erp_demo.h(p.id, 330) % 40)::int, true
  from erp.products p where p.id between lo and hi;
  insert into erp.product_suppliers (product_id, supplier_id, price, lead_time_days)
  select p.id, s.id, round(p.cost_price * 1.07, 2), 30
  from erp.products p cross join lateral (select erp_demo.pick(p.id, 331, sups) as id) s
  where p.id between lo and hi and p.id % 2 = 0 and s.id <> p.default_supplier_id;
  perform erp_demo.fix_identity('products', 'product_suppliers');
  return hi - lo + 1;
end $$;

create or replace function erp_demo.fill_materials(scale text) returns bigint
language plpgsql as $$
declare
  base int := erp_demo.n(scale, 'goods');
  total int := erp_demo.n(scale, 'materials');
  kinds text[] := '{fabric,fabric,fabric,trims,accessories,packaging,yarn,thread}';
begin
  insert into erp.products (id, sku, name, kind, category_id, unit_code, cost_price, default_supplier_id, track_lots, attributes,
    created_at, updated_at)
  overriding system value
  select base + i, 'MAT-' || lpad(i::text, 5, '0'),
    case kinds[1 + i % 8]
      when 'fabric' then erp_demo.pick(i, 341, '{100% cotton single jersey,95/5 cotton elastane rib,CVC fleece,Polyester mesh,Denim 12 oz,
        Linen blend poplin,Organic cotton interlock,Viscose twill}'::text[]) || ' ' || (120 + 10 * (i % 25)) || ' gsm'
      when 'trims' then erp_demo.pick(i, 342, '{Zipper YZ-5,Button 18L,Snap,Elastic 25 mm,Drawcord}'::text[])
      when 'accessories' then erp_demo.pick(i, 343, '{Main label,Care label,Hang tag,Badge}'::text[])
      when 'packaging' then erp_demo.pick(i, 344, '{Polybag,Carton 60x40x30,Hanger,Tissue}'::text[])
      when 'yarn' then erp_demo.pick(i, 345, '{Combed cotton,Acrylic,Merino,Mélange}'::text[]) || ' ' || (16 + 2 * (i % 20)) || '/1'
      else 'Sewing thread Tex ' || (24 + i % 60) end || ' #' || i,
    'material', (select c.id from erp.product_categories c where c.code =
      case kinds[1 + i % 8] when 'fabric' then 'FABRIC' when 'yarn' then 'YARN' when 'packaging' then 'PACK' else 'TRIMS' end),
    case kinds[1 + i % 8] when 'fabric' then 'kg' when 'yarn' then 'kg' when 'thread' then 'cone' else 'pcs' end,
    case kinds[1 + i % 8] when 'fabric' then round((4 + 6 * erp_demo.u(i, 346))::numeric, 2) when 'yarn'
      then round((2 + 8 * erp_demo.u(i, 346))::numeric, 2) else round((0.02 + erp_demo.u(i, 346))::numeric, 4) end,
    (select s.id from erp.suppliers s where s.supplier_type = case kinds[1 + i % 8] when 'thread' then 'trims' else kinds[1 + i % 8] end
     order by erp_demo.h(s.id, i) limit 1),
    kinds[1 + i % 8] = 'fabric', '{}', '2022-12-01Z', '2022-12-01Z'
  from generate_series(1, total) i;
  insert into erp.materials (product_id, material_category, composition, construction, gsm, width_cm, yarn_count, shrinkage_pct,
    lead_time_days, moq, wastage_pct)
  select base + i, kinds[1 + i % 8],
    case when kinds[1 + i % 8] in ('fabric', 'yarn') then erp_demo.pick(i, 347, '{100% cotton,95% cotton 5% elastane,60% cotton 40% polyester,
      100% polyester,55% linen 45% cotton}'::text[]) end,
    case when kinds[1 + i % 8] = 'fabric' then erp_demo.pick(i, 348, '{single jersey,rib 1x1,fleece,interlock,twill,poplin}'::text[]) end,
    case when kinds[1 + i % 8] = 'fabric' then 120 + 10 * (i % 25) end,
    case when kinds[1 + i % 8] = 'fabric' then 150 + 5 * (i % 12) end,
    case when kinds[1 + i % 8] = 'yarn' then (16 + 2 * (i % 20)) || '/1' end,
    case when kinds[1 + i % 8] = 'fabric' then round((1 + 6 * erp_demo.u(i, 349))::numeric, 2) end,
    (7 + erp_demo.h(i, 350) % 50)::int, 100 * (1 + i % 10), round((2 + 6 * erp_demo.u(i, 351))::numeric, 2)
  from generate_series(1, total) i;
  insert into erp.product_suppliers (product_id, supplier_id, price, min_qty, lead_time_days, is_preferred)
  select p.id, p.default_supplier_id, p.cost_price, m.moq, m.lead_time_days, true
  from erp.products p join erp.materials m on m.product_id = p.id where p.default_supplier_id is not null;
  insert into erp.unit_conversions (product_id, from_unit_code, to_unit_code, factor)
  select p.id, 'kg', 'm', round((1000 / (m.gsm * m.width_cm / 100))::numeric, 4)
  from erp.products p join erp.materials m on m.product_id = p.id where p.unit_code = 'kg' and m.gsm is not null;
  perform erp_demo.fix_identity('products', 'materials', 'product_suppliers');
  return total;
end $$;

create or replace function erp_demo.fill_prices(scale text) returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  insert into erp.price_lists (code, name, currency_code, kind, valid_from, valid_to, is_active) values
    ('STD', 'Standard', 'USD', 'sales', '2022-01-01', null, true), ('WHOLE', 'Wholesale', 'USD', 'sales', '2022-01-01', null, true),
    ('EUR25', 'Europe 2025', 'EUR', 'sales', '2025-01-01', '2025-12-31', true), ('OLD', 'Standard 2022', 'USD', 'sales', '2022-01-01',
    '2022-12-31', false);
  insert into erp.price_list_items (price_list_id, product_id, min_qty, price)
  select l.id, p.id, q.min_qty, round(p.sale_price * l.factor * q.factor, 2)
  from (values (1, 1.0), (2, 0.85), (3, 0.92)) l(id, factor)
  join erp.products p on p.kind = 'goods' and (l.id < 3 or p.id % 3 = 0)
  join (values (1, 1.0), (50, 0.93)) q(min_qty, factor) on q.min_qty = 1 or l.id = 2;
  get diagnostics made = row_count;
  perform erp_demo.fix_identity('price_lists', 'price_list_items');
  return made;
end $$;
