package lambda

import "syscall"

// processAttributes ties a function's life to this process, even to its death by SIGKILL, and keeps the terminal's
// Ctrl-C for the parent, which ends its children itself.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
