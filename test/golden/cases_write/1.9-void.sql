SELECT "erp"."tidy"()
