package sam

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// stopWithin is how long the CLI may take to remove its containers.
const stopWithin = 30 * time.Second

// Server is a `sam local start-…` under way.
type Server struct {
	Command string // "start-api"
	URL     string
	cmd     *exec.Cmd
	ended   chan struct{} // closed when it has
	err     error         // why, once ended
}

// Serve starts `sam local start-api` or `sam local start-lambda` on a loopback port and returns when it answers. It ends with
// Stop; Ended tells when it does so by itself.
func (c *CLI) Serve(ctx context.Context, command string, port int, variables string) (*Server, error) {
	cmd := c.local(context.WithoutCancel(ctx), variables, command, "--port", strconv.Itoa(port))
	cmd.Stdout, cmd.Stderr = c.logs, c.logs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C comes from Stop, once
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Command: command, URL: fmt.Sprintf("http://127.0.0.1:%d", port), cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.err = fmt.Errorf("sam local %s ended: %w", command, errors.Join(cmd.Wait(), errors.New(cmd.ProcessState.String())))
	}()
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// ready waits until the server answers anything at all.
func (s *Server) ready(ctx context.Context) error {
	for {
		resp, err := http.Get(s.URL + "/")
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return s.err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Ended is closed when the server is gone.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Stop has the CLI remove its containers and end.
func (s *Server) Stop() error {
	select {
	case <-s.ended:
		return s.err
	default:
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(stopWithin):
		return errors.Join(fmt.Errorf("sam local %s did not stop within %s and was killed; `docker ps` shows containers that it left", s.Command, stopWithin), s.cmd.Process.Kill())
	}
}

// Port is the wanted port if it is free, or a free one for 0.
func Port(wanted int) (int, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", wanted))
	if err != nil {
		return 0, fmt.Errorf("port %d is taken; stop what uses it or choose another one: %w", wanted, err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
