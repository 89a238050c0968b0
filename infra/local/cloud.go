package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/eventsource"
	"github.com/callsheet/callsheet/infra/local/gateway"
	"github.com/callsheet/callsheet/infra/local/lambda"
	"github.com/callsheet/callsheet/infra/local/oidc"
	"github.com/callsheet/callsheet/infra/local/s3"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/infra/local/stepfunctions"
	"github.com/callsheet/callsheet/infra/local/template"
)

// Config is what a cloud is started with.
type Config struct {
	Project  string // the folder of template.yaml
	Binaries string // a folder per function, each with its bootstrap; not looked at with Containers.Lambda
	Data     string // everything that is kept
	Port     int    // of the API and the console; 0 takes a free one
	// Paused stands the clock still between advances; else it moves with the wall.
	Paused   bool
	Start    time.Time // of the clock, unless the data is from later
	Personas []oidc.Persona
	MailRate int       // recipients per second of virtual time; 0 is what a new account has
	Logs     io.Writer // of the functions; may be nil
	// OnCall hears of every DynamoDB call, for budgets and for comparing calls with grants; may be nil.
	OnCall func(dynamodb.Call)
	// OnUse hears of every action on AWS that a function takes, as IAM would see it; may be nil.
	OnUse func(Use)
	// Containers lets functions in containers use this cloud; nil for none.
	Containers *Containers
}

// Cloud is a running local cloud.
type Cloud struct {
	URL      string // API, console below /_local/, issuer below /_local/oidc
	AWS      string // DynamoDB, Step Functions, SES, and the Lambda API
	Files    string // S3
	Clock    *clock.Clock
	Table    string
	Database *dynamodb.Store
	Mail     *ses.Server
	Lambda   *lambda.Platform
	Machines *stepfunctions.Service
	Gateway  *gateway.Gateway
	Queues   *eventsource.Queues
	Issuer   *oidc.Server
	// Environments are the variables of each function by its logical id, as they are in this cloud.
	Environments map[string]map[string]string

	functionsReach reach

	db       *bolt.DB
	bucket   *s3.Server
	mappings *eventsource.Mappings
	calls    *eventsource.Async
	stop     context.CancelFunc
	ran      chan struct{}
	servers  []*http.Server
}

// Audience is for whom the local issuer signs tokens.
const Audience = "callsheet"

// databaseFile holds everything but files, in the data folder.
const databaseFile = "cloud.db"

const (
	region  = "eu-west-1"
	account = "123456789012"
	stack   = "callsheet"
)

// Open starts the cloud. Close it, or its functions end only with this process.
func Open(config Config) (_ *Cloud, err error) {
	if err := refuseAWS(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	c := &Cloud{ran: make(chan struct{})}
	// Without sync every commit is still in the kernel's hands before it is acknowledged, so kill -9 loses nothing; a power cut may.
	c.db, err = bolt.Open(filepath.Join(config.Data, databaseFile), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true, FreelistType: bolt.FreelistMapType, Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("data folder %s is in use by another local cloud, or not readable: %w", config.Data, err)
	}
	listeners, err := listen("127.0.0.1", config.Port)
	if err == nil {
		c.URL, c.AWS, c.Files = address(listeners[0]), address(listeners[1]), address(listeners[2])
		err = c.assemble(config, listeners)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go func() {
		defer close(c.ran)
		if !config.Paused {
			c.Clock.Run(ctx)
		}
	}()
	return c, nil
}

// listen opens the three ports of an address: API, AWS services, files.
func listen(host string, port int) ([]net.Listener, error) {
	var opened []net.Listener
	for i, p := range []int{port, 0, 0} {
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", host, p))
		if err != nil {
			for _, o := range opened {
				o.Close()
			}
			if i == 0 && port != 0 {
				return nil, fmt.Errorf("port %d is taken; stop what uses it or choose another with -port: %w", port, err)
			}
			return nil, err
		}
		opened = append(opened, l)
	}
	return opened, nil
}

// assemble builds every part and connects them, then serves.
func (c *Cloud) assemble(config Config, listeners []net.Listener) (err error) {
	c.functionsReach = reach{c.URL, c.AWS, c.Files}
	var inside []net.Listener
	if config.Containers != nil {
		if inside, err = c.inside(*config.Containers); err != nil {
			return err
		}
	}
	if c.Clock, err = clock.Open(c.db, config.Start, config.Paused); err != nil {
		return err
	}
	t, err := c.read(config)
	if err != nil {
		return err
	}
	for _, build := range []func(*template.Template, Config) error{c.database, c.functions, c.machines, c.files, c.mail, c.issuer, c.api, c.sources} {
		if err := build(t, config); err != nil {
			return err
		}
	}
	services, bucket := c.services(), http.Handler(c.bucket)
	if config.OnUse != nil {
		services, bucket = observed(services, c.Mail, config.OnUse), observedFiles(bucket, config.OnUse)
	}
	c.serve(listeners, c.front(), c.withLambda(services), bucket)
	c.serve(inside, c.frontForFunctions(), services, bucket)
	return nil
}

func address(l net.Listener) string { return "http://" + l.Addr().String() }

func (c *Cloud) serve(listeners []net.Listener, handlers ...http.Handler) {
	for i, l := range listeners {
		server := &http.Server{Handler: handlers[i], ReadHeaderTimeout: 10 * time.Second}
		c.servers = append(c.servers, server)
		go server.Serve(l)
	}
}

// Close stops the cloud; its data stays.
func (c *Cloud) Close() error {
	if c.stop != nil {
		c.stop()
		<-c.ran
	}
	for _, s := range c.servers {
		s.Close()
	}
	if c.mappings != nil {
		c.mappings.Close()
	}
	if c.calls != nil {
		c.calls.Close()
	}
	if c.Machines != nil {
		c.Machines.Close()
	}
	if c.Lambda != nil {
		c.Lambda.Close()
	}
	return c.db.Close()
}

// refuseAWS makes sure that a local cloud, whose tokens anybody can have, never runs inside an account.
func refuseAWS() error {
	for _, name := range []string{"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_EXECUTION_ENV", "ECS_CONTAINER_METADATA_URI_V4", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		if os.Getenv(name) != "" {
			return errors.New("the local cloud does not run inside AWS: " + name + " is set")
		}
	}
	return nil
}
