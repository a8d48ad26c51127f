//line broken.go:1
//go:build a &&
//go:build b
package p;
import (
	"a", "b"
	c d "e"
	"f\q"
	"g
	ÿ"h"
	#
	import "i"
)
import `j