-- Undoes 0005_parties, in reverse order.
-- SPDX-License-Identifier: ISC

alter table erp.users drop constraint users_buyer_id_fkey;
alter table erp.users drop constraint users_customer_id_fkey;
alter table erp.users drop constraint users_supplier_id_fkey;
drop table erp.activities;
drop table erp.bank_accounts;
drop table erp.addresses;
drop table erp.contacts;
drop table erp.suppliers;
drop table erp.brands;
drop table erp.buyers;
drop table erp.customers;
