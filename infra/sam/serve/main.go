// Command serve runs the local cloud with its functions in the SAM CLI's containers: `sam local start-api` serves the HTTP
// routes, `sam local start-lambda` is called by streams, timers and schedules, and DynamoDB, Step Functions, SES, S3, clock
// and tokens are the local cloud's. `make sam-local` calls it. With a command behind its flags it runs that against them,
// under CALLSHEET_API and CALLSHEET_LOCAL, and ends with its status: `make test-sam`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/sam"
)

type options struct {
	port, api, lambda int
	data, logs        string
	command           []string
}

func main() {
	var o options
	flag.IntVar(&o.port, "port", 8080, "port of the console and the tokens; 0 for a free one")
	flag.IntVar(&o.api, "api", 3000, "port of sam local start-api; 0 for a free one")
	flag.IntVar(&o.lambda, "lambda", 3001, "port of sam local start-lambda; 0 for a free one")
	flag.StringVar(&o.data, "data", ".callsheet", "folder of the data; empty for one that is deleted at the end")
	flag.StringVar(&o.logs, "logs", "build/sam.log", "file of what the SAM CLI and the functions print")
	exports := flag.Bool("exports", false, "only print the exports for the SAM CLI by hand")
	flag.Parse()
	if *exports {
		fmt.Println(sam.Exports())
		return
	}
	o.command = flag.Args()
	err := run(o)
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(o.command) > 0 {
		fmt.Fprintln(os.Stderr, "sam-local:", o.command, err, "· what the SAM CLI printed:", o.logs)
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sam-local:", err)
		os.Exit(1)
	}
}

func run(o options) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), ends()...)
	defer stop()
	if err := os.MkdirAll(filepath.Dir(o.logs), 0o755); err != nil {
		return err
	}
	logs, err := os.Create(o.logs)
	if err != nil {
		return err
	}
	defer logs.Close()
	cli, err := sam.Open(ctx, ".", logs, os.Stdout)
	if err != nil {
		return err
	}
	for _, port := range []*int{&o.port, &o.api, &o.lambda} {
		if *port, err = sam.Port(*port); err != nil {
			return err
		}
	}
	fmt.Println("sam build")
	if err := cli.Build(ctx); err != nil {
		return err
	}
	if o.data == "" {
		if o.data, err = os.MkdirTemp("", "callsheet-sam-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.data)
	}
	cloud, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()
	return serve(ctx, cli, cloud, o)
}

// ends are the signals that stop everything in order. A terminal that is closed is one: the CLI runs in a process group of its
// own, so it would stay with its containers. Under nohup it is none.
func ends() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// open starts the cloud that the containers will use.
func open(ctx context.Context, o options) (*local.Cloud, error) {
	listen, host, err := sam.Bridge(ctx)
	if err != nil {
		return nil, err
	}
	return local.Open(local.Config{
		Project: ".", Data: o.data, Port: o.port, Start: time.Now(), Personas: local.Personas(journey.Cast()),
		Containers: &local.Containers{Lambda: url(o.lambda), API: url(o.api), Bind: listen, Host: host},
	})
}

func url(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

// variables is the file of each function's variables. It is where samconfig.toml looks, so that `sam local invoke` in another
// shell meets the cloud that runs here; a run for one command keeps it with its data. It is gone with the run: without it
// `sam local` refuses to start, rather than meet an account.
func (o options) variables() string {
	if len(o.command) > 0 {
		return filepath.Join(o.data, "env.json")
	}
	return "env.json"
}

func serve(ctx context.Context, cli *sam.CLI, cloud *local.Cloud, o options) (err error) {
	variables := o.variables()
	if err := sam.WriteVariables(variables, cloud.Environments); err != nil {
		return err
	}
	defer os.Remove(variables)
	var servers []*sam.Server
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, s.Stop())
		}
	}()
	for _, start := range []struct {
		command string
		port    int
	}{{"start-lambda", o.lambda}, {"start-api", o.api}} {
		fmt.Println("sam local", start.command)
		s, err := cli.Serve(ctx, start.command, start.port, variables)
		if err != nil {
			return err
		}
		servers = append(servers, s)
	}
	world := journey.At(url(o.api), cloud.URL)
	if err := world.Settle(journey.Cast()); err != nil {
		return err
	}
	if len(o.command) > 0 {
		return runCommand(ctx, o.command, world)
	}
	fmt.Printf(welcome, world.API, world.Local, world.Local, world.API, o.logs, o.data)
	select {
	case <-ctx.Done():
		fmt.Println("\nstopping; the data stays in", o.data)
	case <-servers[0].Ended():
	case <-servers[1].Ended():
	}
	return nil
}

func runCommand(ctx context.Context, command []string, world *journey.World) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), "CALLSHEET_API="+world.API, "CALLSHEET_LOCAL="+world.Local)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

const welcome = `
Callsheet runs under the SAM CLI on %s

  open   %s/_local/          inbox, timelines, deadlines, functions and the clock
  call   TOKEN=$(curl -s %s/_local/oidc/token -d persona=client | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
         curl -s %s/v1/projects -H "Authorization: Bearer $TOKEN"
  invoke any function with any event, in another shell: README.md, "The SAM CLI by hand"
  logs   %s
  data   %s (delete it to start anew)

Ctrl-C stops everything.
`
