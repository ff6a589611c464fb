-- What the server needs for signing people in, as its login role; and the outbox.
-- SPDX-License-Identifier: ISC

select plan(34);

insert into erp.users (username, email, full_name, role) values ('Nora', 'nora@example.com', 'Nora', 'erp_sales'), ('nora@example.com', 'other@example.com', 'Oscar', 'erp_viewer');
insert into erp.user_roles select id, 'erp_warehouse' from erp.users where username = 'Nora';
create temp table n as select (select id from erp.users where username = 'Nora') as id, (select id from erp.users where full_name = 'Oscar') as other;
grant all on n to public;

set local role erp_authenticator;
select results_eq('select username, role, roles, password_hash from erp_private.auth_find(''nORA'')', $$values ('Nora', 'erp_sales', '{erp_warehouse}'::text[], null)$$,
  'a user is found by name, in any case');
select results_eq('select user_id from erp_private.auth_find(''OTHER@example.com'')', 'select other from n', 'or by address');
select results_eq('select user_id from erp_private.auth_find(''nora@example.com'')', 'select other from n', 'a name goes before an address, and there is one answer');
select is_empty('select * from erp_private.auth_find(''nobody'')', 'nobody is nobody');
select is_empty($$select * from erp_private.auth_find(''' or true --')$$, 'and a login is no SQL');
select throws_ok('select * from erp_private.credentials', '42501', null, 'the login role reads no hashes by itself');
select throws_ok('select * from erp.users', '42501', null, 'nor users');

select lives_ok('select erp_private.auth_set_password(id, ''hash1'', ''argon2id'') from n', 'a password is set');
select results_eq('select password_hash, algo, locked_until from erp_private.auth_find(''nora'')', $$values ('hash1', 'argon2id', null::timestamptz)$$, 'and found');
select is((select erp_private.auth_result(id, false, 'r1') from n), null, 'one failure locks nobody out');
select is((select count(erp_private.auth_result(id, false)) from n, generate_series(2, 4)), 0::bigint, 'nor do four');
select is((select erp_private.auth_result(id, false) from n), now() + interval '30 s', 'the fifth makes the user wait');
select is((select erp_private.auth_result(id, false) from n), now() + interval '1 min', 'the next one longer');
select is((select max(erp_private.auth_result(id, false)) from n, generate_series(1, 20)), now() + interval '15 min', 'but never for more than a quarter of an hour');
select results_eq('select locked_until from erp_private.auth_find(''nora'')', $$select now() + interval '15 min'$$, 'the server is told');
select is((select erp_private.auth_result(id, true, 'r2') from n), null, 'success');
select results_eq('select locked_until from erp_private.auth_find(''nora'')', 'select null::timestamptz', 'ends the waiting');
select is((select erp_private.auth_result(null, false, 'r3')), null, 'an unknown user is no error');

select lives_ok($$select erp_private.auth_store_refresh('\x01', id, '00000000-0000-4000-8000-00000000000a', now() + interval '1 hour') from n$$, 'a session begins');
select is((select erp_private.auth_rotate_refresh('\x01', '\x02', now() + interval '1 hour')), (select id from n), 'its token is good once');
select is((select erp_private.auth_rotate_refresh('\x99', '\x98', now() + interval '1 hour')), null, 'an unknown one is not');
select is((select erp_private.auth_rotate_refresh('\x01', '\x03', now() + interval '1 hour')), null, 'used again');
select is((select erp_private.auth_rotate_refresh('\x02', '\x04', now() + interval '1 hour')), null, 'it ends the whole family');
select lives_ok($$select erp_private.auth_store_refresh('\x11', id, '00000000-0000-4000-8000-00000000000b', now() + interval '1 hour'),
  erp_private.auth_store_refresh('\x21', id, '00000000-0000-4000-8000-00000000000c', now() + interval '1 hour'),
  erp_private.auth_store_refresh('\x31', id, '00000000-0000-4000-8000-00000000000d', now() - interval '1 s') from n$$, 'three more');
select is((select erp_private.auth_rotate_refresh('\x31', '\x32', now() + interval '1 hour')), null, 'an expired one is not good');
select lives_ok($$select erp_private.auth_logout(id, 'r4', '\x11') from n$$, 'signed out');
select is((select erp_private.auth_rotate_refresh('\x11', '\x12', now() + interval '1 hour')), null, 'that one is over');
reset role;
update erp.users set is_active = false where username = 'Nora';
set local role erp_authenticator;
select is((select erp_private.auth_rotate_refresh('\x21', '\x22', now() + interval '1 hour')), null, 'and who is not active any more gets no token');
select is_empty('select * from erp_private.auth_user((select id from n)) union all select * from erp_private.auth_find(''nora'')', 'and is not found');
reset role;
select results_eq($$select action, count(*) from erp.audit_log where user_id = (select id from n) and action like 'log%' group by 1 order by 1$$,
  $$values ('login', 1::bigint), ('login_failed', 26), ('logout', 1)$$, 'all of it is in the audit trail');

-- The outbox.
select lives_ok($$select erp_private.watch('products', 'user_roles')$$, 'tables are watched');
update erp.products set name = name where id in (1, 2);
update erp.products set name = name where id = 3;
update erp.products set name = name where id = -1;
delete from erp.user_roles where user_id = (select id from n);
select results_eq($$select table_name, op, key, row_count from erp_private.outbox_events order by id$$,
  $$select * from (values ('products', 'U', null, 2::bigint), ('products', 'U', '3', 1), ('user_roles', 'D', (select id::text from n) || ',erp_warehouse', 1)) v$$,
  'an event for each statement that changed something');
do $$ begin perform erp_private.unwatch('products'); end $$;
update erp.products set name = name where id = 3;
select is((select count(*) from erp_private.outbox_events), 3::bigint, 'and none when they are not');
update erp_private.outbox_events set at = now() - interval '8 days' where op = 'U';
select is(erp_private.tidy(), 2::bigint, 'old ones go');

select * from finish();
