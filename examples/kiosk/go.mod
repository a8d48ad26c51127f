module example.com/kiosk

go 1.24

require (
	example.com/barcode v1.2.0
	example.com/receipt v0.4.0
)
