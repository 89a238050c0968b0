//go:build race

package reply

// mostAllocated with the race detector, which drops pooled buffers at random: four times as much.
const mostAllocated = 1 << 30
