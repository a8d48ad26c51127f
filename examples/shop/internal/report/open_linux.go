package report

func open(string) error {
	return nil
}
