// Package supplier orders goods.
package supplier

import "example.com/freight"

// Order says what an order costs.
func Order() int { return freight.Cost }
