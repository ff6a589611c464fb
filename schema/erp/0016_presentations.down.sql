-- Undoes 0016_presentations, in reverse order.
-- SPDX-License-Identifier: ISC

drop table erp.slide_stats_daily;
drop table erp.presentation_feedback;
drop table erp.slide_views;
drop table erp.view_sessions;
drop table erp_private.link_secrets;
drop table erp.presentation_links;
drop table erp.viewers;
drop table erp.slides;
drop table erp.presentations;
drop function erp_private.slides_changed();
