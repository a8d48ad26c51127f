// Package gateway charges cards.
package gateway

import (
	_ "time/tzdata"

	_ "example.com/currencies"
	stripego "github.com/stripe/stripe-go/v82"
)

// Currency is what the shop charges in.
const Currency = stripego.CurrencyEUR
