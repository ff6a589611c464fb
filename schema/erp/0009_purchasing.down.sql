-- Undoes 0009_purchasing, in reverse order.
-- SPDX-License-Identifier: ISC

delete from erp.doc_transitions
 where doc_type in ('goods_receipts', 'purchase_orders');
drop table erp.goods_receipt_items;
drop table erp.goods_receipts;
drop table erp.purchase_order_items;
drop table erp.purchase_orders;
drop sequence erp_private.goods_receipt_no;
drop sequence erp_private.purchase_order_no;
drop function erp_private.check_purchase_line();
drop function erp_private.purchase_order_items_changed();
drop function erp_private.receipt_supplier();
drop function erp_private.sum_purchase_orders(bigint[],bigint[]);
