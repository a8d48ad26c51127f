module example.com/reports

go 1.24

require (
	example.com/stock v0.0.0
	github.com/google/uuid v1.5.0
)

require (
	example.com/customs v0.2.0 // indirect
	example.com/freight v1.0.0 // indirect
	example.com/supplier v1.1.0 // indirect
)

replace (
	example.com/customs => ../stock/forks/customs
	example.com/freight => ../stock/forks/freight
	example.com/stock => ../stock
)
