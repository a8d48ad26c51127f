package price

import "example.com/shop/internal/cart"

// Discount is a tenth of the whole cart.
func Discount(prices ...float64) float64 {
	return cart.Total(prices...) / 10
}
