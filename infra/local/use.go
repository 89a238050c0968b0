package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/ses"
)

// A Use is one action on one resource, as IAM would ask whether the function's role allows it.
type Use struct {
	Function string // the physical name, which is also the access key
	Action   string // "dynamodb:PutItem"
	Resource string // an ARN
}

// usesOf names what a call on a table took. A query on an index needs the index; every other action needs the table.
func usesOf(call dynamodb.Call) []Use {
	table := fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", region, account, call.Table)
	var uses []Use
	for _, action := range call.Actions {
		resources := []string{table}
		if action == "dynamodb:Query" && len(call.Indexes) > 0 {
			resources = nil
			for _, index := range call.Indexes {
				resources = append(resources, table+"/index/"+index)
			}
		}
		for _, resource := range resources {
			uses = append(uses, Use{call.AccessKeyID, action, resource})
		}
	}
	return uses
}

// observed tells OnUse what the requests to Step Functions and SES take.
func observed(next http.Handler, mail *ses.Server, told func(Use)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AWSStepFunctions."); ok {
			var in struct{ StateMachineArn string }
			if json.Unmarshal(body, &in) == nil {
				told(Use{caller(r), "states:" + operation, in.StateMachineArn})
			}
		}
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") == "SendRawEmail" {
			for _, resource := range mail.Needs(form) {
				told(Use{caller(r), "ses:SendRawEmail", fmt.Sprintf("arn:aws:ses:%s:%s:%s", region, account, resource)})
			}
		}
		next.ServeHTTP(w, r)
	})
}

// observedFiles tells OnUse what the requests to S3 take, those of presigned links included: they run with the rights of
// the function that signed them. Whether a key is missing is told only to who may list the bucket; all others get 403.
func observedFiles(next http.Handler, told func(Use)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		arn := "arn:aws:s3:::" + bucket
		for _, action := range fileActions(r) {
			told(Use{caller(r), action, arn + "/" + key})
		}
		status := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(status, r)
		if status.status == http.StatusNotFound && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			told(Use{caller(r), "s3:ListBucket", arn})
		}
	})
}

// fileActions are the IAM actions of an S3 request on an object; every step of a multipart upload is a PutObject.
func fileActions(r *http.Request) []string {
	_, tagging := r.URL.Query()["tagging"]
	_, multipart := r.URL.Query()["uploadId"]
	verb := map[string]string{http.MethodGet: "Get", http.MethodHead: "Get", http.MethodPut: "Put", http.MethodPost: "Put", http.MethodDelete: "Delete"}[r.Method]
	switch {
	case tagging:
		return []string{"s3:" + verb + "ObjectTagging"}
	case multipart && r.Method == http.MethodDelete:
		return []string{"s3:AbortMultipartUpload"}
	case r.Header.Get("X-Amz-Tagging") != "":
		return []string{"s3:" + verb + "Object", "s3:PutObjectTagging"}
	}
	return []string{"s3:" + verb + "Object"}
}

// caller is the access key of a signed or presigned request: "<key>/<day>/<region>/<service>/aws4_request".
func caller(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, signed, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential = signed
	}
	key, _, _ := strings.Cut(credential, "/")
	return key
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// tellCalls puts OnUse behind what hears of DynamoDB's calls anyway.
func tellCalls(onCall func(dynamodb.Call), told func(Use)) func(dynamodb.Call) {
	if told == nil {
		return onCall
	}
	return func(call dynamodb.Call) {
		for _, use := range slices.Compact(usesOf(call)) {
			told(use)
		}
		if onCall != nil {
			onCall(call)
		}
	}
}
