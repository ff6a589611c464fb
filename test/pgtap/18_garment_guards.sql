-- Whose styles, samples and orders of buyers they are, and what of them is settled.
-- SPDX-License-Identifier: ISC

select plan(14);

create function pg_temp.be(who text, id int) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims', format('{"user_id": %s}', id), true), set_config('role', 'erp_' || who, true);
end $$;
grant execute on function pg_temp.be(text, int) to public;
create temp table s as
  select (select min(x.id) from erp.styles x join erp.style_materials m on m.style_id = x.id where x.merchandiser_id = 6) as mine,
    (select min(x.id) from erp.styles x join erp.style_materials m on m.style_id = x.id where x.merchandiser_id is distinct from 6) as other,
    (select min(style_id) from erp.buyer_order_lines) as ordered,
    (select min(id) from erp.samples where status = 'approved') as sample,
    (select min(id) from erp.buyer_orders where status in ('shipped', 'invoiced', 'closed')) as done,
    (select min(id) from erp.buyer_orders where status = 'received') as fresh;
grant select on s to public;
select isnt_empty('select from s where num_nulls(mine, other, ordered, sample, done, fresh) = 0', 'there are all of them');

select pg_temp.be('merchandiser', 6);
select isnt_empty('select from erp.style_materials where style_id = (select other from s)', 'styles of others are seen');
delete from erp.style_operations where style_id = (select other from s);
update erp.style_materials set consumption_per_piece = 1 where style_id = (select other from s);
select throws_ok('insert into erp.style_materials (style_id, material_id, consumption_per_piece) select other, 1, 1 from s', '42501', null, 'but not planned');
select lives_ok('update erp.style_materials set consumption_per_piece = consumption_per_piece + 1 where style_id = (select mine from s)', 'one''s own is');
select pg_temp.be('manager', 2);
select isnt_empty('select from erp.style_operations where style_id = (select other from s)', 'others'' operations are still there');
select is_empty('select from erp.style_materials where style_id = (select other from s) and consumption_per_piece = 1 and updated_at = now()', 'and their materials');
select lives_ok('update erp.style_materials set consumption_per_piece = consumption_per_piece + 1 where style_id = (select other from s)', 'a manager plans all');

select throws_ok('update erp.styles set buyer_id = (select b.id from erp.buyers b where b.id <> buyer_id limit 1) where id = (select ordered from s)',
  null, null, 'a style that was ordered stays with its buyer');
select throws_ok('update erp.samples set sample_type = ''photo'' where id = (select sample from s) and sample_type <> ''photo''', '55000', null,
  'an approved sample is what it was');
select pg_temp.be('admin', 1);
select throws_ok('delete from erp.samples where id = (select sample from s)', '55000', null, 'and stays');
select pg_temp.be('manager', 2);
select throws_ok('update erp.buyer_orders set currency_code = case currency_code when ''EUR'' then ''USD'' else ''EUR'' end where id = (select done from s)',
  '55000', null, 'an order that was shipped keeps its currency');
select pg_temp.be('admin', 1);
select throws_ok('delete from erp.buyer_orders where id = (select done from s)', '55000', null, 'and is not deleted');
select lives_ok('update erp.buyer_orders set currency_code = ''EUR'' where id = (select fresh from s)', 'one that has come in is changed');
reset role;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');
