// Command migrate brings the database up to date.
package main

import (
	"log"

	"example.com/shop/internal/store"
)

func main() {
	if _, err := store.Open(); err != nil {
		log.Fatal(err)
	}
}
