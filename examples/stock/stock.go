// Package stock counts what is there.
package stock

import "example.com/supplier"

var _ = supplier.Order
