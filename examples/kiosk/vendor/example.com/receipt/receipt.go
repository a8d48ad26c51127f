package receipt

// Print prints a line.
func Print(line string) {}
