-- Undoes 0012_samples, in reverse order.
-- SPDX-License-Identifier: ISC

drop trigger fixed_parent on erp.style_operations;
alter table erp.style_operations drop constraint style_operations_sample_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('samples');
drop table erp.sample_rounds;
drop table erp.samples;
drop sequence erp_private.sample_no;
