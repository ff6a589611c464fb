-- Undoes 0015_shipments, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.invoices drop constraint invoices_shipment_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('shipments');
drop table erp.carton_items;
drop table erp.cartons;
drop table erp.shipments;
drop sequence erp_private.shipment_no;
drop function erp_private.cartons_changed();
drop function erp_private.guard_carton_items();
drop function erp_private.guard_shipment_buyer();
drop function erp_private.check_carton_item();
