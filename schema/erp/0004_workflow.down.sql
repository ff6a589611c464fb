-- Undoes 0004_workflow, in reverse order.
-- SPDX-License-Identifier: ISC

drop table erp_private.doc_sequences;
drop table erp.doc_events;
drop table erp.doc_transitions;
drop function erp_private.guard_status();
drop function erp_private.next_no(text,text,date);
drop function erp_private.add_workflow(text,text[]);
