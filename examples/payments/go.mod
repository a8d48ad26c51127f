module example.com/payments

go 1.24

require github.com/stripe/stripe-go/v82 v82.5.0 // indirect
