-- Undoes 0008_sales, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.stock_reservations drop constraint stock_reservations_sales_order_item_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('deliveries', 'sales_orders');
drop table erp.delivery_items;
drop table erp.deliveries;
drop table erp.sales_order_items;
drop table erp.sales_orders;
drop sequence erp_private.delivery_no;
drop sequence erp_private.sales_order_no;
drop function erp_private.check_sales_line();
drop function erp_private.sales_order_items_changed();
drop function erp_private.sum_sales_orders(bigint[],bigint[]);
