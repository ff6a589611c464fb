-- Garment development: styles, colourways, the colour and size matrix, bill of materials and operations.
-- SPDX-License-Identifier: ISC

create table erp.seasons (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  starts_on date not null,
  ends_on date not null,
  constraint season_dates check (ends_on > starts_on)
);
comment on table erp.seasons is E'Seasons, such as SS26\n@module styles\n@cache lookup';

create table erp.colors (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  pantone text,
  hex text constraint color_hex check (hex ~ '^#[0-9A-F]{6}$'),
  family text not null default 'other',
  search text generated always as (erp_private.fold(code, name, pantone)) stored
);
create index colors_search on erp.colors using gin (search public.gin_trgm_ops);
comment on table erp.colors is E'Colours\n@module styles\n@cache lookup';
alter table erp.materials add constraint materials_color_id_fkey foreign key (color_id) references erp.colors;

create table erp.sizes (
  id bigint generated always as identity primary key,
  size_range text not null,
  code text not null,
  sort_order int not null,
  constraint sizes_code unique (size_range, code)
);
comment on table erp.sizes is E'Sizes, by range (ALPHA, KIDS, WAIST)\n@module styles\n@cache lookup';

create table erp.operations (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  code text not null unique,
  name text not null,
  operation_type text not null constraint operation_type_known
    check (operation_type in ('knitting', 'linking', 'cutting', 'sewing', 'finishing', 'washing', 'packing')),
  machine_type text,
  skill_level text not null default 'semi'
    constraint operation_skill check (skill_level in ('beginner', 'semi', 'skilled')),
  standard_minutes numeric(8, 3) not null constraint operation_minutes check (standard_minutes > 0),
  search text generated always as (erp_private.fold(code, name, machine_type)) stored
);
create index operations_search on erp.operations using gin (search public.gin_trgm_ops);
comment on table erp.operations is E'Operations of making garments, with their standard times\n@module styles\n@cache lookup';

create table erp.styles (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  style_no text not null unique,
  name text not null,
  buyer_id bigint not null references erp.buyers,
  brand_id bigint references erp.brands,
  season_id bigint references erp.seasons,
  category_id bigint references erp.product_categories,
  product_type text not null default 'knit',
  construction text,
  gauge text,
  customs_group text,
  description text not null default '',
  is_set boolean not null default false,
  set_piece_count int,
  status text not null default 'draft' constraint styles_status
    check (status in ('draft', 'development', 'approved', 'in_production', 'archived')),
  smv numeric(8, 3) not null default 0,
  fob_target numeric(14, 4) constraint fob_target_positive check (fob_target >= 0),
  tech_pack_attachment_id bigint references erp.attachments,
  revision int not null default 1 constraint style_revision check (revision >= 1),
  merchandiser_id bigint references erp.users,
  search text generated always as (erp_private.fold(style_no, name)) stored,
  constraint style_set_pieces check (is_set = (set_piece_count is not null) and set_piece_count between 2 and 6
                                     or not is_set and set_piece_count is null),
  constraint styles_of_buyer unique (id, buyer_id)
);
create index idx_styles_buyer_id on erp.styles (buyer_id);
create index idx_styles_created_at on erp.styles (created_at desc);
create index styles_season on erp.styles (season_id, status);
create index styles_status_id on erp.styles (status, id desc);
create index styles_brand on erp.styles (brand_id);
create index styles_category on erp.styles (category_id);
create index styles_merchandiser on erp.styles (merchandiser_id);
create index styles_tech_pack on erp.styles (tech_pack_attachment_id) where tech_pack_attachment_id is not null;
create index styles_search on erp.styles using gin (search public.gin_trgm_ops);
comment on table erp.styles is E'Styles of garments\n@module styles\n@cache style';
comment on column erp.styles.smv is 'Standard minute value: minutes to make one piece, allowance included; kept by a trigger';
comment on column erp.styles.fob_target is 'Price free on board that the buyer aims at; not for sales and viewers';

create table erp.style_variants (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  style_id bigint not null references erp.styles on delete cascade,
  color_id bigint not null references erp.colors,
  display_name text not null,
  piece_name text,
  is_multicolor boolean not null default false,
  status text not null default 'active' constraint variant_status check (status in ('active', 'dropped')),
  search text generated always as (erp_private.fold(display_name, piece_name)) stored,
  constraint style_variants_color unique nulls not distinct (style_id, color_id, piece_name),
  constraint style_variants_of_style unique (id, style_id)
);
create index style_variants_by_color on erp.style_variants (color_id);
create index style_variants_search on erp.style_variants using gin (search public.gin_trgm_ops);
comment on table erp.style_variants is E'Colourways of a style\n@module styles\n@cache style';
comment on column erp.style_variants.piece_name is 'Piece of a set (top, bottom); null where the style is no set';

create table erp.style_variant_colors (
  id bigint generated always as identity primary key,
  style_variant_id bigint not null references erp.style_variants on delete cascade,
  part_name text not null,
  color_id bigint not null references erp.colors,
  sort_order int not null default 0,
  constraint style_variant_colors_part unique (style_variant_id, part_name)
);
create index style_variant_colors_color on erp.style_variant_colors (color_id);
comment on table erp.style_variant_colors is E'Colours of the parts of a colourway\n@module styles\n@cache style';

create table erp.style_skus (
  product_id bigint primary key references erp.products on delete cascade,
  style_variant_id bigint not null references erp.style_variants,
  size_id bigint not null references erp.sizes,
  constraint style_skus_matrix unique (style_variant_id, size_id)
);
create index style_skus_size on erp.style_skus (size_id);
comment on table erp.style_skus is E'The colour and size matrix: one stockable product for each cell\n@module styles\n@cache style';

create table erp.style_materials (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  style_id bigint not null references erp.styles on delete cascade,
  style_variant_id bigint references erp.style_variants on delete cascade,
  size_id bigint references erp.sizes,
  material_id bigint not null references erp.materials,
  placement text not null default 'body',
  consumption_per_piece numeric(9, 4) not null constraint consumption_positive check (consumption_per_piece > 0),
  unit_code text not null references erp.units,
  wastage_pct numeric(5, 2) not null default 0 constraint style_wastage check (wastage_pct between 0 and 100),
  gross_consumption numeric(9, 4) not null
    generated always as (round(consumption_per_piece * (1 + wastage_pct / 100), 4)) stored,
  maturity text not null default 'pre_estimate' constraint consumption_maturity
    check (maturity in ('pre_estimate', 'sample', 'confirmed', 'locked')),
  unit_price numeric(14, 4) constraint style_material_price check (unit_price >= 0),
  constraint style_materials_use unique nulls not distinct (style_id, style_variant_id, size_id, material_id, placement)
);
create index style_materials_material on erp.style_materials (material_id);
create index style_materials_variant on erp.style_materials (style_variant_id) where style_variant_id is not null;
create index style_materials_size on erp.style_materials (size_id) where size_id is not null;
create index style_materials_unit on erp.style_materials (unit_code);
comment on table erp.style_materials is E'Bill of materials: consumption per piece\n@module styles\n@cache style';
comment on column erp.style_materials.style_variant_id is 'Null: the same for every colourway; size_id likewise';
comment on column erp.style_materials.maturity is 'How sure the figure is; a locked row does not change any more';

create function erp_private.guard_locked_consumption() returns trigger
language plpgsql as $$
begin
  if old.maturity = 'locked' then
    perform erp_private.fail('55000', 'style_materials_locked', 'this consumption is locked',
      hint => 'Add a row for the colourway or size that differs.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger guard_locked before update or delete on erp.style_materials
  for each row execute function erp_private.guard_locked_consumption();

create table erp.style_operations (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  style_id bigint not null references erp.styles on delete cascade,
  style_variant_id bigint references erp.style_variants on delete cascade,
  seq int not null constraint style_operation_seq check (seq > 0),
  operation_id bigint not null references erp.operations,
  machine_minutes numeric(8, 3) not null default 0 constraint machine_minutes_positive check (machine_minutes >= 0),
  manual_minutes numeric(8, 3) not null default 0 constraint manual_minutes_positive check (manual_minutes >= 0),
  finishing_minutes numeric(8, 3) not null default 0 constraint finishing_minutes_positive check (finishing_minutes >= 0),
  basic_minutes numeric(8, 3) not null generated always as (machine_minutes + manual_minutes + finishing_minutes) stored,
  sample_id bigint,
  constraint style_operations_seq unique nulls not distinct (style_id, style_variant_id, seq)
);
create index style_operations_operation on erp.style_operations (operation_id);
create index style_operations_variant on erp.style_operations (style_variant_id) where style_variant_id is not null;
create index style_operations_sample on erp.style_operations (sample_id) where sample_id is not null;
comment on table erp.style_operations is E'Operations of a style and their minutes\n@module styles\n@cache style';
comment on column erp.style_operations.sample_id is 'The sample that the times were taken on';

create function erp_private.style_operations_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  ids bigint[] := (select array_agg(distinct r.style_id) from changed r);
begin
  perform from styles where id = any (ids) order by id for no key update;
  update styles s set smv = t.smv
  from (select i.id, round(coalesce(sum(o.basic_minutes), 0) * erp_private.setting_number('smv.allowance_factor'), 3) as smv
        from unnest(ids) i(id)
        left join style_operations o on o.style_id = i.id and o.style_variant_id is null
        group by i.id) t
  where s.id = t.id and s.smv <> t.smv;
  return null;
end $$;
create trigger sum_inserted after insert on erp.style_operations referencing new table as changed
  for each statement execute function erp_private.style_operations_changed();
create trigger sum_updated after update on erp.style_operations referencing new table as changed
  for each statement execute function erp_private.style_operations_changed();
create trigger sum_deleted after delete on erp.style_operations referencing old table as changed
  for each statement execute function erp_private.style_operations_changed();

select erp_private.add_workflow('styles', 'draft>development', 'development>approved', 'development>archived',
  'approved>in_production', 'approved>development!', 'in_production>archived', 'draft>archived', 'archived>development!');
select erp_private.add_standard_triggers();
