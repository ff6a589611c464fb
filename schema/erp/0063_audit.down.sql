-- Undoes 0063_audit, in reverse order.
-- SPDX-License-Identifier: ISC

drop trigger zz_audit on erp.accounts;
drop trigger zz_audit on erp.bank_accounts;
drop trigger zz_audit on erp.buyer_orders;
drop trigger zz_audit on erp.buyers;
drop trigger zz_audit on erp.customers;
drop trigger zz_audit on erp.invoices;
drop trigger zz_audit on erp.journal_entries;
drop trigger zz_audit on erp.payments;
drop trigger zz_audit on erp.price_list_items;
drop trigger zz_audit on erp.product_suppliers;
drop trigger zz_audit on erp.products;
drop trigger zz_audit on erp.purchase_orders;
drop trigger zz_audit on erp.role_permissions;
drop trigger zz_audit on erp.sales_orders;
drop trigger zz_audit on erp.samples;
drop trigger zz_audit on erp.settings;
drop trigger zz_audit on erp.shipments;
drop trigger zz_audit on erp.styles;
drop trigger zz_audit on erp.suppliers;
drop trigger zz_audit on erp.user_roles;
drop trigger zz_audit on erp.users;
drop function erp_private.audit();
