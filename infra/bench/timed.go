package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
)

// The timed part: what the local cloud does on this machine. Times are printed and never judged.

const (
	readers  = 8
	reads    = 2000
	accepts  = 200
	rivals   = 1000
	perRound = 25
	atOnce   = 64
)

func times(binaries string) error {
	cast := journey.Cast()
	for i := range rivals {
		subject := fmt.Sprintf("rival-%04d", i)
		cast = append(cast, journey.Profile{Subject: subject, Name: "Rival", Email: subject + "@pro.example.com", Language: "en", Zone: "UTC", Roles: []string{"pro"}})
	}
	cloud, done, err := open(binaries, cast, nil)
	if err != nil {
		return err
	}
	b := &timed{world: journey.New(cloud.URL), cast: cast}
	for _, part := range []func() error{b.settle, b.reading, b.accepting, b.race(1), b.race(10), b.travel} {
		if err = part(); err != nil {
			break
		}
	}
	return errors.Join(err, done())
}

type timed struct {
	world         *journey.World
	cast          []journey.Profile
	client, agent *journey.Person
	rivals        []*journey.Person
}

func (b *timed) settle() (err error) {
	fmt.Printf("\nThe local cloud on this machine\n\n")
	if err := b.world.Settle(b.cast); err != nil {
		return err
	}
	if b.client, err = b.world.As("client"); err != nil {
		return err
	}
	if b.agent, err = b.world.As("agent"); err != nil {
		return err
	}
	for _, p := range b.cast[len(journey.Cast()):] {
		rival, err := b.world.As(p.Subject)
		if err != nil {
			return err
		}
		b.rivals = append(b.rivals, rival)
	}
	return nil
}

func (b *timed) reading() error {
	taken, err := together(reads, readers, func(int) (int, error) {
		answer, err := b.client.Get("/v1/profile")
		return answer.Status, errors.Join(err, answer.Into(http.StatusOK, nil))
	})
	return errors.Join(err, taken.print("reads"))
}

// accepting measures one pro accepting one invitation, many times, on projects of their own.
func (b *timed) accepting() error {
	paths, terms := make([]string, accepts), make([]string, accepts)
	for i := range accepts {
		invitations, err := b.offer(1, b.rivals[i:i+1])
		if err != nil {
			return err
		}
		paths[i] = invitations[0]
		if terms[i], err = seen(b.rivals[i], paths[i]); err != nil {
			return err
		}
	}
	taken, err := together(accepts, readers, func(i int) (int, error) {
		answer, err := b.rivals[i].Post(paths[i]+"/accept", map[string]string{"terms": terms[i]})
		return answer.Status, errors.Join(err, answer.Into(http.StatusCreated, nil))
	})
	return errors.Join(err, taken.print("accepts"))
}

// race lets a thousand pros accept at once, and says who got what.
func (b *timed) race(seats int) func() error {
	return func() error {
		paths, err := b.offer(seats, b.rivals)
		if err != nil {
			return err
		}
		terms, err := seen(b.rivals[0], paths[0])
		if err != nil {
			return err
		}
		taken, err := together(rivals, atOnce, func(i int) (int, error) {
			answer, err := b.rivals[i].Post(paths[i]+"/accept", map[string]string{"terms": terms})
			return answer.Status, err
		})
		if err != nil {
			return err
		}
		if taken.status[http.StatusCreated] != seats || taken.status[http.StatusConflict] != rivals-seats {
			return fmt.Errorf("race for %d seats: %v", seats, taken.status)
		}
		fmt.Printf("  %d accepts at once for %d seats: %d winners, %d truthful refusals\n", rivals, seats, taken.status[http.StatusCreated], taken.status[http.StatusConflict])
		_, err = b.world.Advance(0)
		return errors.Join(err, taken.print("  of them"))
	}
}

// travel goes through ninety days with a thousand open deadlines.
func (b *timed) travel() error {
	const projects, rounds = 100, 10
	for range projects {
		if _, err := b.offerRounds(rounds, b.rivals[:rounds]); err != nil {
			return err
		}
	}
	if _, err := b.world.Advance(0); err != nil {
		return err
	}
	began := time.Now()
	happened, err := b.world.Advance(90 * 24 * time.Hour)
	if err != nil {
		return err
	}
	fmt.Printf("  90 days over %d open deadlines: %.1f s for %d happenings\n", projects*rounds, time.Since(began).Seconds(), len(happened))
	return nil
}

// offer publishes a project and invites pros in full rounds; it returns their invitations' paths in order.
func (b *timed) offer(seats int, pros []*journey.Person) ([]string, error) {
	id, err := b.publish(seats)
	if err != nil {
		return nil, err
	}
	return b.invite(id, slices.Collect(slices.Chunk(pros, perRound)))
}

// offerRounds publishes a project and invites each pro in a round of their own.
func (b *timed) offerRounds(rounds int, pros []*journey.Person) ([]string, error) {
	id, err := b.publish(rounds)
	if err != nil {
		return nil, err
	}
	return b.invite(id, slices.Collect(slices.Chunk(pros, 1)))
}

func (b *timed) publish(seats int) (string, error) {
	kind := "speedy"
	if seats > 1 {
		kind = "contest"
	}
	now, err := b.world.Now()
	if err != nil {
		return "", err
	}
	answer, err := b.client.Post("/v1/projects", map[string]any{
		"type": kind, "category": "translation", "title": "A race", "brief": "Be quick.", "seats": seats, "publish": true,
		"reward": map[string]string{"amount": "10.00", "currency": "USD"}, "deliverBy": now.AddDate(0, 6, 0).Format(time.RFC3339),
	})
	var made struct{ ID string }
	err = errors.Join(err, answer.Into(http.StatusCreated, &made))
	return made.ID, err
}

func (b *timed) invite(project string, rounds [][]*journey.Person) (paths []string, err error) {
	for _, pros := range rounds {
		var guests []map[string]string
		for _, p := range pros {
			guests = append(guests, map[string]string{"pro": p.Subject})
		}
		answer, err := b.agent.Post("/v1/projects/"+project+"/invitations", map[string]any{"invitations": guests})
		if err != nil {
			return nil, err
		}
		var round struct{ Invitations []struct{ ID string } }
		if err := answer.Into(http.StatusCreated, &round); err != nil {
			return nil, err
		}
		for _, i := range round.Invitations {
			paths = append(paths, "/v1/invitations/"+i.ID)
		}
	}
	return paths, nil
}

func seen(pro *journey.Person, path string) (string, error) {
	answer, err := pro.Get(path)
	var i struct{ Terms struct{ Version string } }
	err = errors.Join(err, answer.Into(http.StatusOK, &i))
	return i.Terms.Version, err
}

// measured is how long each call took and what it answered.
type measured struct {
	took   []time.Duration
	whole  time.Duration
	status map[int]int
}

// together does n calls, some at a time.
func together(n, some int, call func(i int) (status int, err error)) (measured, error) {
	m := measured{took: make([]time.Duration, n), status: map[int]int{}}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
		free = make(chan struct{}, some)
	)
	began := time.Now()
	for i := range n {
		free <- struct{}{}
		wg.Go(func() {
			start := time.Now()
			status, err := call(i)
			m.took[i] = time.Since(start)
			mu.Lock()
			m.status[status]++
			if err != nil {
				errs = append(errs, err)
			}
			mu.Unlock()
			<-free
		})
	}
	wg.Wait()
	m.whole = time.Since(began)
	return m, errors.Join(errs...)
}

func (m measured) print(what string) error {
	slices.Sort(m.took)
	at := func(q float64) float64 { return float64(m.took[int(q*float64(len(m.took)-1))].Microseconds()) / 1000 }
	fmt.Printf("  %-10s %6.0f per second, p50 %.1f ms, p99 %.1f ms\n", what, float64(len(m.took))/m.whole.Seconds(), at(0.5), at(0.99))
	return nil
}
