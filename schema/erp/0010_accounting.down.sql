-- Undoes 0010_accounting, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.customers drop constraint customers_receivable_account_id_fkey;
delete from erp.doc_transitions
 where doc_type in ('invoices', 'payments');
drop table erp_private.account_days;
drop table erp.payment_allocations;
drop table erp.payments;
drop table erp.invoice_items;
drop table erp.invoices;
drop table erp.journal_lines;
drop table erp.journal_entries;
drop table erp.fiscal_periods;
drop table erp.accounts;
drop sequence erp_private.payment_no;
drop function erp_private.allocations_changed();
drop function erp_private.allocation_base();
drop function erp_private.invoice_items_changed();
drop function erp_private.sum_account_days();
drop function erp_private.check_journal();
drop function erp_private.guard_journal_lines();
drop function erp_private.guard_journal();
drop function erp_private.account_tree();
