// Package store is the one door to the database.
package store

import (
	"database/sql"

	"github.com/pkg/errors"
)

// Open opens the database.
func Open() (*sql.DB, error) {
	db, err := sql.Open("pgx", "postgres:///shop")
	return db, errors.Wrap(err, "open the database")
}
