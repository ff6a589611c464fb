-- The server keeps answers to writes with an Idempotency-Key in a table of its own (schema/own/), which is there before
-- any migration of the ERP. SPDX-License-Identifier: ISC

grant usage on schema bobbin to erp_authenticator;
grant select, insert, update, delete on bobbin.idempotency to erp_authenticator;
