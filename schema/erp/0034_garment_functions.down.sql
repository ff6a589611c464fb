-- Undoes 0034_garment_functions, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp.approve_sample(bigint,text);
drop function erp.decide_sample(bigint,text,text);
drop function erp.submit_sample(bigint,text,text,date);
drop function erp.record_production(jsonb);
drop function erp_private.notify_user(bigint,text,text,text,text,bigint,text);
