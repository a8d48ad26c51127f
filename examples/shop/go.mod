module example.com/shop

go 1.24

toolchain go1.24.4

require (
	example.com/payments v1.4.0
	example.com/tax v1.3.0-rc.1
	github.com/golang-jwt/jwt/v5 v5.2.1
	github.com/google/uuid v1.6.0
	github.com/pkg/errors v0.9.1
	gopkg.in/yaml.v2 v2.4.0
	gopkg.in/yaml.v3 v3.0.1
)

replace example.com/loyalty => github.com/somebody/loyalty v1.0.1

exclude example.com/tax v1.2.0
