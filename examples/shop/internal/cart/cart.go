// Package cart holds what a customer is about to buy.
package cart

import (
	"fmt"
	f "fmt"
	"net/http"

	"github.com/golang-jwt/jwt/v5"

	"example.com/payments/gateway"
)

// Handler shows the cart of the customer that the token names.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _, err := jwt.NewParser().ParseUnverified(r.Header.Get("Authorization"), jwt.MapClaims{})
		if err != nil {
			f.Fprintln(w, err)
			return
		}
		fmt.Fprintln(w, token.Claims, gateway.Currency)
	})
}
