-- Undoes 0006_catalogue, in reverse order.
-- SPDX-License-Identifier: ISC

drop view erp.product_stock;
drop view erp.public_products;
drop table erp.price_list_items;
drop table erp.price_lists;
drop table erp.product_suppliers;
drop table erp.unit_conversions;
drop table erp.materials;
drop table erp.products;
drop table erp.product_categories;
drop function erp_private.category_children();
drop function erp_private.category_path();
