package gateway

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// keptLatencies is how many of a route's last requests its quantiles are taken from.
const keptLatencies = 10_000

// RouteStats counts what a route answered since the gateway started. The key "" stands for requests that no route took.
type RouteStats struct {
	Requests int
	Statuses map[int]int

	latencies []time.Duration // a ring once it is full
	next      int
}

// Quantile is the latency below which the share q of the last 10,000 requests was answered; 0 without requests.
func (s RouteStats) Quantile(q float64) time.Duration {
	if len(s.latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.latencies))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

type counters struct {
	mu     sync.Mutex
	routes map[string]*RouteStats
}

func newCounters() *counters { return &counters{routes: map[string]*RouteStats{}} }

func (c *counters) record(key string, status int, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.routes[key]
	if s == nil {
		s = &RouteStats{Statuses: map[int]int{}}
		c.routes[key] = s
	}
	s.Requests++
	s.Statuses[status]++
	if len(s.latencies) < keptLatencies {
		s.latencies = append(s.latencies, took)
		return
	}
	s.latencies[s.next] = took
	s.next = (s.next + 1) % keptLatencies
}

func (c *counters) snapshot() map[string]RouteStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]RouteStats{}
	for key, s := range c.routes {
		out[key] = RouteStats{Requests: s.Requests, Statuses: maps.Clone(s.Statuses), latencies: slices.Clone(s.latencies)}
	}
	return out
}
