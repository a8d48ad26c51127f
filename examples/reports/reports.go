// Package reports counts what is in stock.
package reports

import (
	"example.com/stock"
	"github.com/google/uuid"
)

// Title names the report of a warehouse.
func Title() string {
	return stock.Name + " " + uuid.NewString()
}
