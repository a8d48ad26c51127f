module example.com/legacy

go 1.24

replace example.com/checkout => ./checkout

exclude example.com/checkout v0.9.0 // it lost orders

ignore (
	./receipts
)
