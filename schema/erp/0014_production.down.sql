-- Undoes 0014_production, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.stock_reservations drop constraint stock_reservations_production_order_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('production_orders');
drop table erp.inspections;
drop table erp.production_outputs;
drop table erp.bundles;
drop table erp.cutting_batches;
drop table erp.production_orders;
drop table erp.production_lines;
drop sequence erp_private.cutting_batch_no;
drop sequence erp_private.production_no;
drop function erp_private.outputs_updated();
drop function erp_private.outputs_deleted();
drop function erp_private.outputs_inserted();
drop function erp_private.move_counters(bigint[],bigint[],text[],integer[]);
drop function erp_private.guard_production_order();
drop function erp_private.check_outputs(bigint[],bigint[]);
drop function erp_private.lock_producing(bigint[]);
drop function erp_private.lock_lines(bigint[]);
