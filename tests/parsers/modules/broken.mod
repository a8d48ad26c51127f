module example.com/broken extra
go 1.21
go 1.22
toolchain 1.21
require example.com/a
require example.com/a v2.0.0
require example.com/a/v1 v1.0.0
require example.com/a latest
exclude example.com/a/v2 v1.0.0
replace example.com/a => b
replace example.com/a => b@v1.0.0
replace example.com/a v1.0.0 => ./b v1.0.0
replace example.com/a => .\b
replace example.com/a
replace example.com/a => => x v1.0.0
replace gopkg.in/x.v-unstable => ./x
retract [v1.0.0
retract v1.0.0 v1.1.0
retract 'v1.0.0'
tool
ignore a b
godebug a = b
use ./a
require x (
	example.com/a v1.0.0
)
unknown (
	x
)
go (
	1.21
)
	require `example.com/raw` v1.0.0
