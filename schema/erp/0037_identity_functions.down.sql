-- Undoes 0037_identity_functions, in reverse order.
-- SPDX-License-Identifier: ISC

drop trigger guard_role_grant on erp.user_roles;
drop trigger guard_last_admin on erp.users;
drop trigger guard_role_grant on erp.users;
drop function erp_private.guard_role_grant();
drop function erp_private.guard_last_admin();
drop function erp_private.auth_rotate_refresh(bytea,bytea,timestamp with time zone);
drop function erp_private.auth_store_refresh(bytea,bigint,uuid,timestamp with time zone);
drop function erp_private.auth_logout(bigint,text,bytea);
drop function erp_private.auth_set_password(bigint,text,text);
drop function erp_private.auth_result(bigint,boolean,text);
drop function erp_private.auth_find(text);
drop function erp_private.auth_user(bigint);
drop function erp.update_profile(text,text,text);
drop function erp.me();
