module example.com/legacy

go 1.24

replace example.com/checkout => ./checkout
