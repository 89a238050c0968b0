// Command serve builds the functions and runs the local cloud until it is interrupted. `make local` calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
)

func main() {
	port := flag.Int("port", 8080, "port of the API and the console")
	data := flag.String("data", ".callsheet", "folder of the data")
	logs := flag.Bool("logs", false, "print what the functions log")
	flag.Parse()
	if err := serve(*port, *data, *logs); err != nil {
		fmt.Fprintln(os.Stderr, "local cloud:", err)
		os.Exit(1)
	}
}

func serve(port int, data string, logs bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	binaries, err := filepath.Abs("build")
	if err != nil {
		return err
	}
	fmt.Println("building the functions")
	if err := local.Build(ctx, ".", binaries, os.Stdout); err != nil {
		return err
	}
	var out io.Writer
	if logs {
		out = os.Stdout
	}
	cloud, err := local.Open(local.Config{Project: ".", Binaries: binaries, Data: data, Port: port, Start: time.Now(), Personas: local.Personas(journey.Cast()), Logs: out})
	if err != nil {
		return err
	}
	if err := journey.New(cloud.URL).Settle(journey.Cast()); err != nil {
		return errors.Join(err, cloud.Close())
	}
	fmt.Printf(welcome, cloud.URL, cloud.URL, cloud.URL, cloud.URL, data)
	<-ctx.Done()
	fmt.Println("\nstopping; the data stays in", data)
	return cloud.Close()
}

const welcome = `
Callsheet is running on %s

  open   %s/_local/          inbox, timelines, deadlines, functions and the clock
  call   TOKEN=$(curl -s %s/_local/oidc/token -d persona=client | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
         curl -s %s/v1/projects -H "Authorization: Bearer $TOKEN"
  people admin lead agent qc client pro-ana pro-ben pro-cem
  data   %s (delete it to start anew)

Ctrl-C stops everything.
`
