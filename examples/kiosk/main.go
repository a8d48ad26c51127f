package main

import (
	"example.com/barcode"
	"example.com/receipt"
)

func main() {
	receipt.Print(barcode.Scan())
}
