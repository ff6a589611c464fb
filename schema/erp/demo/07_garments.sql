-- Demo data: seasons, colours, styles with their colour and size matrix, bills of materials, samples.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.fill_garment_reference() returns bigint
language plpgsql as $$
begin
  insert into erp.seasons (code, name, starts_on, ends_on)
  select s.code || right(y::text, 2), s.name || ' ' || y, make_date(y, s.first, 1), make_date(y, s.first, 1) + 180
  from generate_series(2023, 2026) y, (values ('SS', 'Spring/Summer', 1), ('AW', 'Autumn/Winter', 7)) s(code, name, first)
  order by 3;
  insert into erp.colors (code, name, pantone, hex, family)
  select 'COL' || lpad(((b.n - 1) * 12 + k)::text, 4, '0'), b.name || ' ' || k,
    (11 + k) || '-' || lpad(((b.n * 137 + k * 31) % 10000)::text, 4, '0') || ' TCX',
    '#' || upper(lpad(to_hex((b.n * 700001 + k * 40009) % 16777216), 6, '0')), lower(b.name)
  from unnest('{Red,Orange,Yellow,Green,Teal,Blue,Navy,Violet,Pink,Rose,Brown,Beige,Ecru,White,Grey,Black,Mélange,Olive,Khaki,Rust,
    Mint,Lilac,Sand,Petrol}'::text[]) with ordinality b(name, n), generate_series(1, 12) k
  order by b.n, k;
  insert into erp.sizes (size_range, code, sort_order)
  select r, code, n from (values ('ALPHA', '{XS,S,M,L,XL,XXL}'::text[]), ('KIDS', '{92,104,116,128,140,152}'),
    ('WAIST', '{28,30,32,34,36,38}')) t(r, codes), unnest(t.codes) with ordinality c(code, n) order by r, n;
  insert into erp.operations (code, name, operation_type, machine_type, skill_level, standard_minutes)
  select 'OP' || lpad(i::text, 4, '0'),
    erp_demo.pick(i, 601, '{Shoulder join,Neck rib attach,Sleeve set,Side seam,Bottom hem,Placket make,Pocket attach,Label attach,
      Button hole,Bartack,Collar turn,Cuff attach,Front panel knit,Linking neck,Trimming,Pressing}'::text[]) || ' ' || i,
    (array['sewing', 'sewing', 'sewing', 'sewing', 'cutting', 'knitting', 'linking', 'finishing'])[1 + i % 8],
    erp_demo.pick(i, 602, '{4-thread overlock,single needle,flatlock,coverstitch,flat knitting 12gg,linking,steam press}'::text[]),
    erp_demo.pick(i, 603, '{beginner,semi,semi,skilled}'::text[]), round((0.15 + 1.6 * erp_demo.u(i, 604))::numeric, 3)
  from generate_series(1, 80) i;
  insert into erp.production_lines (code, name, floor, kind, capacity_minutes_day, operators)
  select 'L' || lpad(i::text, 2, '0'), initcap(k.kind) || ' line ' || i, 'Floor ' || (1 + i % 4), k.kind, 9600, 12 + i % 24
  from generate_series(1, 24) i cross join lateral (select (array['sewing', 'sewing', 'sewing', 'cutting', 'finishing', 'packing'])[1 + i % 6]
    as kind) k;
  update erp.materials m set color_id = 1 + erp_demo.h(m.product_id, 605) % 288 where m.material_category in ('fabric', 'yarn', 'thread');
  perform erp_demo.fix_identity('operations', 'materials');
  return 8 + 288 + 18 + 80 + 24;
end $$;

-- Style i has three colourways; the SKUs of a colourway are its six sizes. Products of SKUs follow goods and materials.
create or replace function erp_demo.sku_base(scale text) returns bigint
language sql stable as $$ select erp_demo.n(scale, 'goods')::bigint + erp_demo.n(scale, 'materials') $$;

create or replace function erp_demo.fill_styles(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'styles');
  buyers int := erp_demo.n(scale, 'buyers');
  mats int := erp_demo.n(scale, 'materials');
  goods int := erp_demo.n(scale, 'goods');
  base bigint := erp_demo.sku_base(scale);
begin
  insert into erp.styles (id, style_no, name, buyer_id, brand_id, season_id, category_id, product_type, construction, gauge, customs_group,
    description, is_set, set_piece_count, status, fob_target, merchandiser_id, created_at, updated_at)
  overriding system value
  select i, 'ST-' || lpad(i::text, 5, '0'),
    erp_demo.pick(i, 611, '{Crew neck,V-neck,Polo,Hooded,Raglan,Oversized,Slim fit,Henley,Cardigan}'::text[]) || ' ' ||
    erp_demo.pick(i, 612, '{tee,sweatshirt,sweater,dress,jogger,shirt,jacket,pyjama set,kids’ set}'::text[]),
    b.id, (select min(r.id) from erp.brands r where r.buyer_id = b.id), 1 + erp_demo.h(i, 613) % 8,
    (select c.id from erp.product_categories c where c.code = erp_demo.pick(i, 614, '{KNIT,WOVEN,DENIM,SWEATER}'::text[])),
    erp_demo.pick(i, 615, '{knit,woven,sweater}'::text[]), erp_demo.pick(i, 616, '{jersey,rib,interlock,poplin,twill}'::text[]),
    erp_demo.pick(i, 617, '{5gg,7gg,12gg,14gg}'::text[]), '61' || lpad((erp_demo.h(i, 618) % 100)::text, 2, '0'),
    '', i % 11 = 0, case when i % 11 = 0 then 2 end,
    case when i > total - 10 then ('{draft,development,approved,in_production,archived}'::text[])[1 + i % 5]
      else erp_demo.pick(i, 619, '{in_production,in_production,approved,development,archived}'::text[]) end,
    round((2 + 14 * erp_demo.u(i, 620))::numeric, 2), b.merchandiser_id,
    erp_demo.at(erp_demo.day_of(i, total), i, 621), erp_demo.at(erp_demo.day_of(i, total), i, 621)
  from generate_series(lo, hi) i join erp.buyers b on b.id = 1 + erp_demo.h(i, 622) % buyers;
  insert into erp.style_variants (id, style_id, color_id, display_name, is_multicolor)
  overriding system value
  select (s.id - 1) * 3 + k, s.id, c.id, s.style_no || ' ' || c.name, k = 3
  from erp.styles s, generate_series(1, 3) k join erp.colors c on true
  where s.id between lo and hi and c.id = 1 + (s.id * 7 + k * 61) % 288;
  insert into erp.style_variant_colors (style_variant_id, part_name, color_id, sort_order)
  select v.id, p.part, case p.n when 1 then v.color_id else 1 + (v.color_id + p.n * 17) % 288 end, p.n
  from erp.style_variants v, unnest('{Body,Collar}'::text[]) with ordinality p(part, n)
  where v.style_id between lo and hi and (p.n = 1 or v.is_multicolor);
  insert into erp.products (id, sku, name, kind, category_id, unit_code, sale_price, cost_price, weight_g, created_at, updated_at)
  overriding system value
  select base + (v.id - 1) * 6 + z.sort_order, s.style_no || '-' || v.id || '-' || z.code, v.display_name || ' ' || z.code, 'garment',
    s.category_id, 'pcs', s.fob_target, round(s.fob_target * 0.8, 2), 180 + 10 * z.sort_order, s.created_at, s.created_at
  from erp.style_variants v join erp.styles s on s.id = v.style_id join erp.sizes z on z.size_range = 'ALPHA'
  where v.style_id between lo and hi;
  insert into erp.style_skus (product_id, style_variant_id, size_id)
  select base + (v.id - 1) * 6 + z.sort_order, v.id, z.id
  from erp.style_variants v join erp.sizes z on z.size_range = 'ALPHA' where v.style_id between lo and hi;
  insert into erp.style_materials (style_id, material_id, placement, consumption_per_piece, unit_code, wastage_pct, maturity, unit_price)
  select s.id, m.product_id, p.place,
    case p.n when 1 then round((0.15 + 0.35 * erp_demo.u(s.id, 631))::numeric, 4) else 1 + (p.n = 3)::int * 2.5 end,
    x.unit_code, 3 + erp_demo.h(s.id * 8 + p.n, 632) % 5, erp_demo.pick(s.id, 633, '{pre_estimate,sample,confirmed,locked}'::text[]), x.cost_price
  from erp.styles s, unnest('{body,main label,thread,button,polybag,hang tag}'::text[]) with ordinality p(place, n)
  join erp.materials m on true join erp.products x on x.id = m.product_id
  where s.id between lo and hi
    and m.product_id = goods + case when p.n = 1 then 8 * (1 + (s.id * 5) % (mats / 8)) else 1 + (s.id * 13 + p.n * 7) % mats end;
  insert into erp.style_operations (style_id, seq, operation_id, machine_minutes, manual_minutes, finishing_minutes)
  select s.id, k, o.id, round(o.standard_minutes * 0.7, 3), round(o.standard_minutes * 0.25, 3), round(o.standard_minutes * 0.05, 3)
  from erp.styles s, generate_series(1, (8 + s.id % 5)::int) k join erp.operations o on true
  where s.id between lo and hi and o.id = 1 + (s.id * 3 + k * 11) % 80;
  update erp.styles s set smv = round(t.minutes * erp_private.setting_number('smv.allowance_factor'), 3)
  from (select style_id, sum(basic_minutes) as minutes from erp.style_operations where style_id between lo and hi group by 1) t
  where s.id = t.style_id;
  perform erp_demo.fix_identity('styles', 'style_variants', 'products', 'style_materials', 'style_operations');
  return (hi - lo + 1) * 35;
end $$;

-- 62 of a hundred samples are approved in the first round. The last sixteen show every status.
create or replace function erp_demo.fill_samples(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'samples');
  styles int := erp_demo.n(scale, 'styles');
  made bigint;
begin
  create temp table demo_samples on commit drop as
    select t.*, case when t.status = 'rejected' then t.tries + 1 else t.tries end as last_round
    from (select i, erp_demo.day_of(i, total) as day,
            case when i > total - 16 then ('{requested,in_development,submitted,approved,approved_with_comments,rejected,on_hold,
                cancelled}'::text[])[1 + i % 8]
              when erp_demo.anchor() - erp_demo.day_of(i, total) < 50
                then erp_demo.pick(i, 641, '{requested,in_development,in_development,submitted,submitted,approved,rejected,on_hold}'::text[])
              else erp_demo.pick(i, 642, '{approved,approved,approved,approved,approved,approved,approved_with_comments,cancelled}'::text[])
              end as status,
            1 + (u > 0.62)::int + (u > 0.86)::int + (u > 0.95)::int as tries
          from generate_series(lo, hi) i cross join lateral (select erp_demo.u(i, 643) as u) u) t;
  insert into erp.samples (id, sample_no, buyer_id, style_id, style_variant_id, sample_type, description, gauge, quantity, size_id,
    designer_id, worksheet_received_on, yarn_received_on, required_on, current_round, status, approved_at, created_at, updated_at)
  overriding system value
  select t.i, 'SMP-' || lpad(t.i::text, 6, '0'), s.buyer_id, s.id, (s.id - 1) * 3 + 1 + t.i % 3,
    erp_demo.pick(t.i, 644, '{proto,fit,size_set,salesman,photo,pp,top,shipment,ad_hoc}'::text[]),
    s.name || case when t.i % 20 = 0 then ' – urgent, see the buyer’s mail' else '' end, s.gauge, 1 + t.i % 4, 3, s.merchandiser_id,
    t.day, t.day + 3, t.day + 21, t.last_round, t.status,
    case when t.status like 'approved%' then erp_demo.at(t.day + 14 * t.last_round, t.i, 645) + interval '12 hours' end,
    erp_demo.at(t.day, t.i, 646), erp_demo.at(t.day, t.i, 646)
  from demo_samples t join erp.styles s on s.id = 1 + erp_demo.h(t.i, 647) % styles;
  insert into erp.sample_rounds (sample_id, round, started_on, submitted_at, courier, awb_no, sent_on, buyer_comment, decided_at, decision,
    decided_by)
  select t.i, r, t.day + 14 * (r - 1), case when x.sent then erp_demo.at(t.day + 14 * (r - 1) + 8, t.i, 648) end,
    case when x.sent then erp_demo.pick(t.i + r, 649, '{DHL,FedEx,UPS}'::text[]) end,
    case when x.sent then (1000000000 + erp_demo.h(t.i * 4 + r, 650) % 8999999999)::text end, case when x.sent then t.day + 14 * (r - 1) + 8 end,
    case when x.decided then erp_demo.pick(t.i + r, 651, '{ok,chest 1 cm smaller,shade too dark,collar shape,please check the wash,
      handfeel is ''fine''}'::text[]) end,
    case when x.decided then erp_demo.at(t.day + 14 * r, t.i, 645) + interval '12 hours' end,
    case when x.decided then case when r = t.last_round then t.status else 'rejected' end end,
    case when x.decided then 6 end
  from demo_samples t, generate_series(1, t.last_round) r
  cross join lateral (select r < t.last_round or t.status in ('submitted', 'approved', 'approved_with_comments') as sent,
    r < t.last_round or t.status like 'approved%' as decided) x;
  get diagnostics made = row_count;
  drop table demo_samples;
  perform setval('erp_private.sample_no', hi);
  perform erp_demo.fix_identity('samples', 'sample_rounds');
  return made + hi - lo + 1;
end $$;
