package barcode

// Scan reads one code.
func Scan() string { return "" }
