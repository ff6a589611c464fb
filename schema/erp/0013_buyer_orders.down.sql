-- Undoes 0013_buyer_orders, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.purchase_orders drop constraint purchase_orders_buyer_order_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('buyer_orders', 'tna_tasks');
drop table erp.tna_tasks;
drop table erp.buyer_order_sizes;
drop table erp.buyer_order_lines;
drop table erp.buyer_orders;
drop sequence erp_private.buyer_order_no;
drop function erp_private.buyer_order_lines_changed();
drop function erp_private.buyer_order_sizes_changed();
drop function erp_private.guard_produced_size();
drop function erp_private.line_variant_changed();
drop function erp_private.check_skus(bigint[]);
drop function erp_private.guard_order_buyer();
drop trigger guard_buyer on erp.styles;
drop function erp_private.guard_style_buyer();
drop function erp_private.check_buyer_line();
