// Package feature turns parts of the shop on and off.
package feature

import os

// Enabled tells whether a part of the shop is on.
func Enabled(name string) bool {
	return os.Getenv("FEATURE_"+name) != ""
}
