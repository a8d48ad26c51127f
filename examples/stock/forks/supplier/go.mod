module example.com/supplier

go 1.24

require example.com/freight v1.0.0

require example.com/pallet v1.0.0
