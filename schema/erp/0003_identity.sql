-- Users, roles, permissions, sign-in secrets, notifications, attachments and the audit log.
-- SPDX-License-Identifier: ISC

create table erp.roles (
  name text primary key,
  title text not null,
  description text not null default '',
  is_system boolean not null default false
);
comment on table erp.roles is E'Roles; the name is that of the PostgreSQL role\n@module identity\n@cache lookup';
insert into erp.roles (name, title, description, is_system) values
  ('erp_anon', 'Anonymous', 'Not signed in: public products, shared presentations', true),
  ('erp_viewer', 'Viewer', 'Reads everything but bank accounts and costs', true),
  ('erp_sales', 'Sales', 'Own customers, orders and deliveries', true),
  ('erp_purchasing', 'Purchasing', 'Suppliers, products and purchase orders', true),
  ('erp_warehouse', 'Warehouse', 'Stock, deliveries, receipts, production output', true),
  ('erp_merchandiser', 'Merchandiser', 'Buyers, styles, samples, buyer orders', true),
  ('erp_accountant', 'Accountant', 'Invoices, payments, journals, bank accounts', true),
  ('erp_analyst', 'Analyst', 'Reads and exports', true),
  ('erp_manager', 'Manager', 'Everything except deleting and users', true),
  ('erp_admin', 'Administrator', 'Everything, users and permissions included', true),
  ('erp_portal_customer', 'Customer portal', 'Own orders, deliveries and invoices', true),
  ('erp_portal_buyer', 'Buyer portal', 'Own orders, samples and shipments', true);

create table erp.users (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  username text not null,
  email text not null constraint user_email_format check (email ~ '^[^@\s]+@[^@\s]+$'),
  full_name text not null,
  employee_no text unique,
  department_id bigint references erp.departments,
  role text not null references erp.roles on update cascade,
  customer_id bigint,
  buyer_id bigint,
  supplier_id bigint,
  is_active boolean not null default true,
  last_login_at timestamptz,
  locale text not null default 'en',
  theme text not null default 'light' constraint user_theme check (theme in ('light', 'dark', 'system')),
  search text generated always as (erp_private.fold(username, email, full_name, employee_no)) stored,
  constraint user_one_party check (num_nonnulls(customer_id, buyer_id, supplier_id) <= 1)
);
create unique index users_username on erp.users (lower(username));
create unique index users_email on erp.users (lower(email));
create index users_role on erp.users (role);
create index users_department on erp.users (department_id);
create index users_customer on erp.users (customer_id) where customer_id is not null;
create index users_buyer on erp.users (buyer_id) where buyer_id is not null;
create index users_supplier on erp.users (supplier_id) where supplier_id is not null;
create index users_search on erp.users using gin (search public.gin_trgm_ops);
comment on table erp.users is E'People who sign in; passwords are elsewhere\n@module identity\n@cache user';
comment on column erp.users.role is 'Primary role: what a token of this user carries unless another is picked';
comment on column erp.users.customer_id is 'Set for a portal user, who acts for this customer (or buyer, or supplier)';
alter table erp.departments
  add constraint departments_manager_id_fkey foreign key (manager_id) references erp.users on delete set null;

create table erp.user_roles (
  user_id bigint not null references erp.users on delete cascade,
  role text not null references erp.roles on update cascade,
  primary key (user_id, role)
);
create index user_roles_role on erp.user_roles (role);
comment on table erp.user_roles is E'Further roles of a user, to pick from at sign-in\n@module identity\n@cache user';

create table erp.role_permissions (
  role text not null references erp.roles on update cascade on delete cascade,
  table_name text not null,
  action text not null constraint permission_action check (action in ('view', 'add', 'change', 'delete')),
  row_rule text,
  primary key (role, table_name, action)
);
create index role_permissions_table on erp.role_permissions (table_name);
comment on table erp.role_permissions is
  E'What each role may do: a mirror of the grants, for frontends that hide buttons\n@module identity\n@cache lookup';
comment on column erp.role_permissions.row_rule is 'Which rows, in words; null means all of them';

create table erp.notifications (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  user_id bigint not null references erp.users on delete cascade,
  kind text not null,
  title text not null,
  body text not null default '',
  entity text,
  entity_id bigint,
  severity text not null default 'info' constraint notification_severity check (severity in ('info', 'warn', 'error')),
  read_at timestamptz
);
create index notifications_user on erp.notifications (user_id, id desc);
create index notifications_unread on erp.notifications (user_id) where read_at is null;
comment on table erp.notifications is E'Messages to one user\n@module identity\n@cache realtime';
comment on column erp.notifications.entity is 'Table of the row that the message is about, with entity_id';

create table erp.attachments (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  entity text not null,
  entity_id bigint not null,
  file_name text not null,
  mime text not null default 'application/octet-stream',
  size_bytes bigint not null constraint attachment_size_positive check (size_bytes > 0),
  sha256 bytea constraint attachment_sha256_length check (length(sha256) = 32),
  storage_key text not null unique
);
create index attachments_entity on erp.attachments (entity, entity_id, id desc);
-- What a file is to be found by does not change: it would be a way to the file of somebody else.
create function erp_private.guard_file() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.fail('23514', 'attachments_fixed_file', 'the file of an attachment cannot be changed',
    format('storage_key, size_bytes and sha256 of attachment %s stay as they are.', old.id), 'Add another attachment for the new file.');
  return null;
end $$;
create trigger guard_file before update of storage_key, size_bytes, sha256 on erp.attachments for each row
  when ((old.storage_key, old.size_bytes, old.sha256) is distinct from (new.storage_key, new.size_bytes, new.sha256))
  execute function erp_private.guard_file();
comment on table erp.attachments is
  E'Files that belong to any row; the bytes are in a file store\n@module identity\n@cache transactional';

-- Partitioned by month: old months are dropped, not deleted. The default partition catches what has none.
create table erp.audit_log (
  id bigint generated always as identity,
  at timestamptz not null default now(),
  user_id bigint,
  action text not null
    constraint audit_action check (action in ('I', 'U', 'D', 'login', 'logout', 'login_failed')),
  table_name text,
  row_id text,
  changed jsonb,
  request_id text,
  primary key (id, at)
) partition by range (at);
create table erp_private.audit_log_default partition of erp.audit_log default;
create index audit_log_at on erp.audit_log using brin (at);
create index audit_log_row on erp.audit_log (table_name, row_id, at desc);
create index audit_log_user on erp.audit_log (user_id, at desc);
create trigger append_only before update or delete or truncate on erp.audit_log
  for each statement execute function erp_private.append_only();
comment on table erp.audit_log is E'Who changed what, and who signed in\n@module identity\n@cache realtime';
comment on column erp.audit_log.changed is 'Insert and delete: the row. Update: {column: [old, new]} of what changed';
comment on column erp.audit_log.request_id is 'X-Request-Id of the client, its first 128 characters, or of the server: the time and the request_id of its log';

-- Makes the monthly partitions [from_day, to_day) of a partitioned table, in erp_private. Rows that came before their
-- partition are in the default one: they are moved, because PostgreSQL would refuse the new partition otherwise.
create function erp_private.make_partitions(parent text, from_day date, to_day date) returns int
language plpgsql set search_path = erp_private, pg_temp as $$
declare
  first date := date_trunc('month', from_day);
  next date;
  made int := 0;
  part text;
  key text := case parent when 'audit_log' then 'at' when 'slide_views' then 'entered_at' end;
begin
  if key is null then
    perform fail('P0002', 'make_partitions_table', format('%s is not partitioned', parent));
  end if;
  while first < to_day loop
    next := first + interval '1 month';
    part := parent || to_char(first, '_YYYYMM');
    if to_regclass('erp_private.' || quote_ident(part)) is null then
      execute format('create table erp_private.%I (like erp.%I including defaults including constraints)', part, parent);
      execute format('with moved as (delete from erp_private.%1$I where %3$I >= %4$L and %3$I < %5$L returning *)
        insert into erp_private.%2$I select * from moved', parent || '_default', part, key, first, next);
      execute format('alter table erp.%I attach partition erp_private.%I for values from (%L) to (%L)', parent, part, first, next);
      made := made + 1;
    end if;
    first := next;
  end loop;
  return made;
end $$;
comment on function erp_private.make_partitions(text, date, date) is
  'To be run every month for audit_log and slide_views; nothing breaks when it is late';

create table erp_private.credentials (
  user_id bigint primary key references erp.users on delete cascade,
  password_hash text not null,
  algo text not null,
  changed_at timestamptz not null default now(),
  failed_count int not null default 0,
  locked_until timestamptz
);
create table erp_private.refresh_tokens (
  token_hash bytea primary key,
  user_id bigint not null references erp.users on delete cascade,
  family uuid not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index refresh_tokens_user on erp_private.refresh_tokens (user_id);
create index refresh_tokens_family on erp_private.refresh_tokens (family);
create index refresh_tokens_expiry on erp_private.refresh_tokens (expires_at);

create table erp_private.idempotency_keys (
  key uuid not null,
  user_id bigint not null,
  fn text not null,
  request_hash bytea not null,
  status int not null default 200,
  response jsonb not null,
  at timestamptz not null default now(),
  primary key (key, user_id)
);
create index idempotency_keys_at on erp_private.idempotency_keys (at);

select erp_private.add_standard_triggers();
