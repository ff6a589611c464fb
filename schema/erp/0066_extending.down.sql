-- Undoes 0066_extending.
-- SPDX-License-Identifier: ISC

drop function erp_private.remove_table(text);
drop function erp_private.add_table(text, text, boolean);
