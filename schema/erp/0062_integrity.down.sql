-- Undoes 0062_integrity.
-- SPDX-License-Identifier: ISC

delete from erp_private.function_rights where name = 'check_integrity';
drop function erp.check_integrity();
drop function erp_private.check_books();
drop function erp_private.check_goods();
