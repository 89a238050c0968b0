//go:build !race

package reply

// mostAllocated is what reading any mail may allocate, in bytes (B103).
const mostAllocated = 256 << 20
