-- Undoes 0033_accounting_functions, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp.cancel_invoice(bigint,text);
drop function erp.cancel_payment(bigint,text);
drop function erp.register_payment(numeric,text,bigint,bigint,date,text,jsonb,text,text,numeric);
drop function erp_private.payment_lines(erp.payments);
drop function erp.book_purchase_invoice(bigint,text,date);
drop function erp_private.draft_shipment_invoice(bigint,date);
drop function erp_private.discount_share(erp.sales_orders,erp.invoices);
drop function erp_private.draft_order_invoice(bigint,jsonb,date);
drop function erp_private.check_invoiced_orders(erp.invoices);
drop function erp.issue_invoice(bigint,bigint,bigint,jsonb,date);
drop function erp.reverse_journal(bigint,date);
drop function erp_private.take_back(bigint,date);
drop function erp.post_journal(bigint);
drop function erp_private.due_on(date,bigint);
drop function erp_private.finish_entry(bigint);
drop function erp_private.post_entry(date,text,text,bigint,text,jsonb);
