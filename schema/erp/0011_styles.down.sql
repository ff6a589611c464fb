-- Undoes 0011_styles, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.materials drop constraint materials_color_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('styles');
drop table erp.style_operations;
drop table erp.style_materials;
drop table erp.style_skus;
drop table erp.style_variant_colors;
drop table erp.style_variants;
drop table erp.styles;
drop table erp.operations;
drop table erp.sizes;
drop table erp.colors;
drop table erp.seasons;
drop function erp_private.style_operations_changed();
drop function erp_private.guard_locked_consumption();
