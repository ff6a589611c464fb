-- Undoes 0007_stock, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp.low_stock(bigint,bigint);
drop trigger guard_service on erp.products;
delete from erp.doc_transitions
 where doc_type in ('stock_counts', 'stock_transfers');
drop table erp.stock_count_items;
drop table erp.stock_counts;
drop table erp.stock_transfer_items;
drop table erp.stock_transfers;
drop table erp.stock_reservations;
drop table erp.stock_balances;
drop table erp.stock_moves;
drop table erp.lots;
drop table erp.warehouses;
drop sequence erp_private.stock_count_no;
drop sequence erp_private.stock_transfer_no;
drop function erp_private.copy_allow_negative();
drop function erp_private.guard_service();
drop function erp_private.guard_lot();
drop function erp_private.fix_parent(text,text);
drop function erp_private.fixed_parent();
drop function erp_private.guard_lines();
drop function erp_private.guard_document();
drop function erp_private.lock_stock(bigint[],bigint[],boolean);
drop function erp_private.post_stock(bigint,bigint,numeric,text,numeric,text,bigint,bigint,bigint,text,bigint,timestamp with time zone);
