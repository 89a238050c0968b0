// Package local is the local cloud: it reads template.yaml and runs what it describes, with the same binaries and the
// same AWS calls as in the account, on one machine and one folder of data. Its parts are packages below this one; what
// each does, refuses, and does differently stands in README.md. It serves on loopback only.
package local
