module example.com/shop

go 1.24

require (
	example.com/payments v1.4.0
	github.com/golang-jwt/jwt/v5 v5.2.1
	github.com/google/uuid v1.6.0
	github.com/pkg/errors v0.9.1
)

exclude (
	github.com/google/uuid v1.5.0
	github.com/pkg/errors v0.9.0
)
