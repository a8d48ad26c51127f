// Package documentation that belongs to no directive.

// Deprecated: use example.com/next instead,
// which is maintained.
//
// Second paragraph.
module "example.com/all/v2" // the module

go 1.24.0

toolchain go1.24.3

godebug default=go1.21

godebug (
	panicnil=1
	http2client=0 // proxies
)

require example.com/lone v1.2.3-0.20240102030405-0123456789ab // indirect

require (
	example.com/a v1.0.0
	"example.com/b" "v2.3.4+incompatible" // indirect; kept for tools

	// Why c is held back.
	// It takes two lines.
	example.com/c/v3 v3.0.0-rc.1
	gopkg.in/yaml.v3 v3.0.1 //indirect
	gopkg.in/check.v1 v0.0.0-20200227125254-8fa46927fb4f
)

exclude example.com/a v1.0.1

exclude (
	example.com/a v1.0.2
	example.com/a v1.0.2
)

//modwarden:allow replace-denied until the fix is out
replace example.com/a => ../a

replace (
	example.com/b v2.3.4+incompatible => example.com/fork/b v2.3.5+incompatible //modwarden:allow replace-denied fork
	example.com/c/v3 => "./third party/c"
	example.com/b v2.3.4+incompatible => /rooted
)

// Published by accident.
retract (
	v2.0.0
	[v2.1.0, v2.1.9] // Broken on Windows.

	v2.2.0
	// Contains a secret.
	[ v2.3.0 , v2.3.1 ]
)

retract v2.9.9

tool example.com/c/v3/cmd/gen

tool (
	example.com/a/cmd/x
	example.com/a/cmd/x
)

ignore ./node_modules

ignore (
	third_party/js
	"name with space"
)
// The end.
