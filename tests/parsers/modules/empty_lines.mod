

module (
	example.com/m
)

require ( // opening
	example.com/a v1

	example.com/b v1.2 // indirect
	// before the end
) // closing

require ()
exclude ( ) // nothing
