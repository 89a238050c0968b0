package lambda

import (
	"bytes"
	"io"
	"sync"
)

const (
	keptLines  = 1000
	longestRow = 256 << 10 // CloudWatch's limit for one event; longer output is split
)

// functionLog keeps the last lines of all processes of a function and copies them to out.
type functionLog struct {
	prefix string
	out    *lockedWriter // nil to keep only

	mu    sync.Mutex
	lines []string // a ring once it is full
	next  int
}

func (l *functionLog) add(line string) {
	l.mu.Lock()
	if len(l.lines) < keptLines {
		l.lines = append(l.lines, line)
	} else {
		l.lines[l.next] = line
		l.next = (l.next + 1) % keptLines
	}
	l.mu.Unlock()
	if l.out != nil {
		l.out.writeLine(l.prefix + line + "\n")
	}
}

func (l *functionLog) last() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append([]string{}, l.lines[l.next:]...), l.lines[:l.next]...)
}

// lineWriter cuts one process's output into lines.
type lineWriter struct {
	log     *functionLog
	pending []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.pending = append(w.pending, p...)
	for {
		end, skip := bytes.IndexByte(w.pending, '\n'), 1
		if end < 0 && len(w.pending) >= longestRow {
			end, skip = longestRow, 0
		}
		if end < 0 {
			return len(p), nil
		}
		w.log.add(string(w.pending[:end]))
		w.pending = w.pending[end+skip:]
	}
}

// flush writes the last line of a process that ended without a newline.
func (w *lineWriter) flush() {
	if len(w.pending) > 0 {
		w.log.add(string(w.pending))
		w.pending = nil
	}
}

// lockedWriter lets functions share a writer. A writer that fails costs log lines, never an invocation.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) writeLine(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, line)
}
