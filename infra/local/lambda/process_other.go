//go:build !linux

package lambda

import "syscall"

// processAttributes asks for nothing: without a death signal a function ends by itself when its next call to the
// Runtime API fails.
func processAttributes() *syscall.SysProcAttr { return nil }
