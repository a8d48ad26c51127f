// Package price rounds.
package price

import . "math"

// Round rounds to whole cents.
func Round(amount float64) float64 {
	return Floor(amount*100+0.5) / 100
}
