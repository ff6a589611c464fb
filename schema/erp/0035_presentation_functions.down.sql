-- Undoes 0035_presentation_functions, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp_private.own_session(uuid,text);
drop function erp_private.live_link(text);
drop function erp.rollup_slide_stats(date);
drop function erp.give_feedback(text,integer,text,text,text,text,uuid);
drop function erp.end_session(uuid,text);
drop function erp.record_slide_views(uuid,text,jsonb);
drop function erp.open_presentation(text,uuid,text,text);
drop function erp.share_presentation(bigint,timestamp with time zone,integer,text,text);
