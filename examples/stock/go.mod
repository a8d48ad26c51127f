module example.com/stock

go 1.24

tool example.com/stock

require example.com/supplier v1.1.0

require (
	example.com/customs v0.2.0 // indirect
	example.com/freight v1.0.0 // indirect
)

replace (
	example.com/customs => ./forks/customs
	example.com/freight => ./forks/freight
	example.com/pallet => ./forks/pallet
	example.com/supplier => ./forks/supplier
)

exclude example.com/pallet v1.1.0
