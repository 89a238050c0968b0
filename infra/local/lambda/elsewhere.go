package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// elsewhereStart is how long a Lambda API elsewhere may take until it listens.
const elsewhereStart = time.Minute

// forward has an invocation run by the Lambda API at Config.Elsewhere and answers it with what comes back.
func (f *function) forward(inv *invocation) {
	result, err := f.platform.invokeElsewhere(f.Elsewhere, inv.payload)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.stats.Invocations++
		f.stats.Errors++
		f.log.add(err.Error())
		inv.finish(Result{}, &Error{502, "ServiceException", err.Error()})
		return
	}
	f.complete(inv, result, time.Now())
}

// invokeElsewhere waits for a Lambda API that does not listen yet: nothing has run then, so it is no second try.
func (p *Platform) invokeElsewhere(name string, payload []byte) (Result, error) {
	target := p.config.Elsewhere + "/2015-03-31/functions/" + url.PathEscape(name) + "/invocations"
	for giveUp := time.Now().Add(elsewhereStart); ; {
		r, err := post(p.over, target, payload)
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(giveUp) {
			return r, err
		}
		select {
		case <-p.over.Done():
			return Result{}, errClosed()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func post(ctx context.Context, target string, payload []byte) (Result, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(payload))
	if err != nil {
		return Result{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return Result{}, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", target, resp.Status, answer)
	}
	return Result{Payload: answer, FunctionError: resp.Header.Get("X-Amz-Function-Error")}, err
}
