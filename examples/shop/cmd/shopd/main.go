// Command shopd is the shop.
package main

import (
	"log"
	"net/http"
	_ "net/http/pprof"

	"example.com/shop/internal/cart"
)

func main() {
	http.Handle("/cart", cart.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
