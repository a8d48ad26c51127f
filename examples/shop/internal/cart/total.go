package cart

import "example.com/shop/internal/price"

// Total is the sum of some prices.
func Total(prices ...float64) float64 {
	sum := 0.0
	for _, amount := range prices {
		sum += amount
	}
	return price.Round(sum)
}
