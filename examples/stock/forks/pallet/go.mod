module example.com/pallet

go 1.24
