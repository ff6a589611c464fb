-- Samples and their rounds: submitted, commented, approved or made again.
-- SPDX-License-Identifier: ISC

create sequence erp_private.sample_no;

create table erp.samples (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  row_version bigint not null default 1,
  sample_no text not null unique default 'SMP-' || erp_private.digits(nextval('erp_private.sample_no'), 6),
  buyer_id bigint not null references erp.buyers,
  style_id bigint not null,
  style_variant_id bigint references erp.style_variants,
  sample_type text not null constraint sample_type_known check
    (sample_type in ('proto', 'fit', 'size_set', 'salesman', 'photo', 'pp', 'top', 'shipment', 'ad_hoc')),
  description text not null default '',
  gauge text,
  quantity int not null default 1 constraint sample_quantity check (quantity > 0),
  size_id bigint references erp.sizes,
  designer_id bigint references erp.users,
  worksheet_received_on date,
  yarn_received_on date,
  required_on date,
  current_round smallint not null default 1 constraint sample_round_positive check (current_round >= 1),
  status text not null default 'requested' constraint samples_status check (status in ('requested', 'in_development',
    'submitted', 'approved', 'approved_with_comments', 'rejected', 'on_hold', 'cancelled')),
  approved_at timestamptz,
  search text generated always as (erp_private.fold(sample_no, description)) stored,
  constraint samples_style_of_buyer foreign key (style_id, buyer_id) references erp.styles (id, buyer_id),
  constraint samples_approved check ((status in ('approved', 'approved_with_comments')) = (approved_at is not null))
);
create index idx_samples_submit_status on erp.samples (status);
create index idx_samples_sample_type on erp.samples (sample_type);
create index idx_samples_created_at on erp.samples (created_at desc);
create index idx_samples_buyer_style on erp.samples (buyer_id, style_id);
create index samples_due on erp.samples (status, required_on);
create index samples_designer on erp.samples (designer_id, status);
create index samples_style on erp.samples (style_id, buyer_id);
create index samples_variant on erp.samples (style_variant_id) where style_variant_id is not null;
create index samples_size on erp.samples (size_id) where size_id is not null;
create index samples_search on erp.samples using gin (search public.gin_trgm_ops);
comment on table erp.samples is E'Samples that are made for a buyer\n@module samples\n@cache transactional';
comment on column erp.samples.style_id is 'A style of the same buyer: the key holds both';
alter table erp.style_operations add constraint style_operations_sample_id_fkey
  foreign key (sample_id) references erp.samples;
select erp_private.fix_parent('style_operations', 'style_id');

create table erp.sample_rounds (
  id bigint generated always as identity primary key,
  sample_id bigint not null references erp.samples on delete cascade,
  round smallint not null constraint round_positive check (round >= 1),
  started_on date not null default current_date,
  submitted_at timestamptz,
  courier text,
  awb_no text,
  sent_on date,
  buyer_comment text,
  decided_at timestamptz,
  decision text constraint round_decision check (decision in ('approved', 'approved_with_comments', 'rejected')),
  decided_by bigint,
  constraint sample_rounds_no unique (sample_id, round),
  constraint round_order check (decided_at >= submitted_at),
  constraint round_decided check ((decision is null) = (decided_at is null) and (decision is null or submitted_at is not null))
);
create unique index sample_rounds_one_open on erp.sample_rounds (sample_id) where decision is null;
create index sample_rounds_submitted on erp.sample_rounds (submitted_at);
comment on table erp.sample_rounds is E'Rounds of a sample; at most one is open\n@module samples\n@cache transactional';
comment on column erp.sample_rounds.awb_no is 'Air waybill of the courier';
comment on column erp.sample_rounds.decided_by is 'User id';

-- What was approved is what it was.
create trigger guard_document before delete or update of buyer_id, style_id, style_variant_id, sample_type on erp.samples
  for each row execute function erp_private.guard_document('{requested,in_development,submitted,rejected,on_hold}',
    '{buyer_id,style_id,style_variant_id,sample_type}');
select erp_private.add_workflow('samples', 'requested>in_development', 'requested>submitted', 'requested>cancelled',
  'in_development>submitted', 'in_development>on_hold', 'in_development>cancelled!', 'submitted>approved',
  'submitted>approved_with_comments', 'submitted>rejected', 'rejected>in_development', 'rejected>cancelled!',
  'rejected>submitted', 'on_hold>in_development', 'on_hold>cancelled!');
select erp_private.add_standard_triggers();
