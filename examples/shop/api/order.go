// Package api is what clients of the shop import.
package api

import (
	"time"

	"github.com/google/uuid"
)

// An Order is what a customer has bought.
type Order struct {
	ID     uuid.UUID
	Placed time.Time
}
