-- Undoes 0030_documents, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp_private.price_for(bigint,bigint,numeric,text,numeric,date);
drop function erp_private.remember(uuid,text,jsonb,jsonb);
drop function erp_private.replayed(uuid,text,jsonb);
drop function erp_private.load_shipment(bigint);
drop function erp.set_status(text,bigint,text,text);
drop function erp_private.free_statuses(text);
drop function erp_private.because(text);
drop function erp_private.check_version(text,bigint,bigint);
drop function erp_private.require_own(text,bigint);
drop function erp_private.readers();
