// Package customs knows the tariffs.
package customs
