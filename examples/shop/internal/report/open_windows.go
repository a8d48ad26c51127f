package report

import "os/exec"

func open(name string) error {
	return exec.Command("cmd", "/c", "start", name).Start()
}
