-- What the chaos test plays with. `owned` belongs to its callers row by row; `shifting` and `shown` are changed under load.
create schema api;
do $$ declare r text; begin
    foreach r in array array['chaos_a', 'chaos_b', 'chaos_c'] loop
        execute format('create role %I nologin; grant %I to erp_authenticator; grant usage on schema api to %I', r, r, r);
    end loop;
end $$;

-- Rows of three roles, each with callers 1 to 40; ids of a caller are known to nobody but by asking.
create table api.owned(id bigint primary key, owner text not null default current_user,
    sub text not null default (current_setting('request.jwt.claims')::json ->> 'sub'), note text not null);
insert into api.owned select n, 'chaos_' || substr('abc', n % 3 + 1, 1), n / 3 % 40 + 1, repeat('note ' || n || ' ', n % 40 + 1)
    from generate_series(1, 24000) n;
create index on api.owned(owner, sub, id);
create function api.is_mine(owner text, sub text) returns boolean language sql stable as
    $$ select owner = current_user and sub = current_setting('request.jwt.claims')::json ->> 'sub' $$;
alter table api.owned enable row level security;
create policy mine on api.owned using (api.is_mine(owner, sub)) with check (api.is_mine(owner, sub));
create table api.marks(id bigint primary key, owned_id bigint not null references api.owned);
insert into api.marks select n, n from generate_series(1, 24000) n;
create index on api.marks(owned_id);

-- Who asks? In a function and in a view, so that every way to the database is asked.
create function api.who(nonce text) returns json language sql volatile as $$ select json_build_object(
    'role', current_user, 'claims', current_setting('request.jwt.claims')::json, 'nonce', nonce) $$;
create function api.who_stable(nonce text) returns json language sql stable as $$ select json_build_object(
    'role', current_user, 'claims', current_setting('request.jwt.claims')::json, 'nonce', nonce) $$;
create view api.me as select 1 as id, current_user::text as role, current_setting('request.jwt.claims')::json as claims;

-- v is always 3 * id, of whatever type.
create table api.shifting(id int primary key, v int not null);
insert into api.shifting select n, 3 * n from generate_series(1, 2000) n;
create view api.shown as select id, v::text as v from api.shifting;
create table api.large as select n as id, repeat('l', 1000) as pad from generate_series(1, 20000) n;
alter table api.large add primary key (id);

grant select on all tables in schema api to chaos_a, chaos_b, chaos_c;
grant insert, update on api.owned to chaos_a, chaos_b, chaos_c;
