-- Undoes 0060_policies, in reverse order.
-- SPDX-License-Identifier: ISC

drop table erp_private.policies;
drop function erp_private.whole_tables(boolean);
drop function erp_private.apply_policies(text);
