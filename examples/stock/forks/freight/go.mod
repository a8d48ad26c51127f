module example.com/freight

go 1.24

require example.com/pallet v1.1.0
