// Package ledger keeps the books.
package ledger

import `io/ioutil`

// Import reads a bank statement.
func Import(name string) ([]byte, error) {
	return ioutil.ReadFile(name)
}
