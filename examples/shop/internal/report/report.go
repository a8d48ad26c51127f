// Package report writes the day's sales.
package report

import (
	"database/sql"
	"fmt"
	"os"
)

// Write writes the day's sales to a file and shows it.
func Write(db *sql.DB, name string) error {
	var sales int
	if err := db.QueryRow("SELECT count(*) FROM sales").Scan(&sales); err != nil {
		return err
	}
	if err := os.WriteFile(name, fmt.Appendln(nil, sales), 0o644); err != nil {
		return err
	}
	return open(name)
}
