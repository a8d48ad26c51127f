// +build windows

package p

import (
	`example.com/a
`
	"b"
)

func f() {}
