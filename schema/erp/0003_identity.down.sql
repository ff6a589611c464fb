-- Undoes 0003_identity, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.departments drop constraint departments_manager_id_fkey;
drop table erp_private.idempotency_keys;
drop table erp_private.refresh_tokens;
drop table erp_private.credentials;
drop table erp.audit_log;
drop table erp.attachments;
drop function erp_private.guard_file();
drop table erp.notifications;
drop table erp.role_permissions;
drop table erp.user_roles;
drop table erp.users;
drop table erp.roles;
drop function erp_private.make_partitions(text,date,date);
