module example.com/payments

go 1.24

require (
	example.com/stock v0.0.0 // indirect
	github.com/stripe/stripe-go/v82 v82.5.0 // indirect
)
