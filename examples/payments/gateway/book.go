package gateway

import "example.com/payments/ledger"

// Statement reads the bank statement with all charges.
func Statement() ([]byte, error) {
	return ledger.Import("statement.csv")
}
