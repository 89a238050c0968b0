package s3_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestRefusedByName(t *testing.T) {
	ctx := context.Background()
	c := open(t)
	b, k := aws.String(bucket), aws.String("k")
	for name, call := range map[string]func() error{
		"ListBuckets": func() error { _, err := c.client.ListBuckets(ctx, &sdk.ListBucketsInput{}); return err },
		"CreateBucket": func() error {
			_, err := c.client.CreateBucket(ctx, &sdk.CreateBucketInput{Bucket: aws.String("other")})
			return err
		},
		"DeleteBucket": func() error { _, err := c.client.DeleteBucket(ctx, &sdk.DeleteBucketInput{Bucket: b}); return err },
		"CopyObject": func() error {
			_, err := c.client.CopyObject(ctx, &sdk.CopyObjectInput{Bucket: b, Key: k, CopySource: aws.String("x/y")})
			return err
		},
		"PutObjectAcl": func() error {
			_, err := c.client.PutObjectAcl(ctx, &sdk.PutObjectAclInput{Bucket: b, Key: k, ACL: types.ObjectCannedACLPrivate})
			return err
		},
		"GetObject of a version": func() error {
			_, err := c.client.GetObject(ctx, &sdk.GetObjectInput{Bucket: b, Key: k, VersionId: aws.String("1")})
			return err
		},
		"a storage class": func() error {
			_, err := c.client.PutObject(ctx, &sdk.PutObjectInput{Bucket: b, Key: k, StorageClass: types.StorageClassGlacier})
			return err
		},
		"encryption": func() error {
			_, err := c.client.PutObject(ctx, &sdk.PutObjectInput{Bucket: b, Key: k, ServerSideEncryption: types.ServerSideEncryptionAes256})
			return err
		},
		"a cache header": func() error {
			_, err := c.client.PutObject(ctx, &sdk.PutObjectInput{Bucket: b, Key: k, CacheControl: aws.String("no-store")})
			return err
		},
		"a delimiter": func() error {
			_, err := c.client.ListObjectsV2(ctx, &sdk.ListObjectsV2Input{Bucket: b, Delimiter: aws.String("/")})
			return err
		},
		"If-None-Match of an ETag on an upload": func() error {
			_, err := c.client.PutObject(ctx, &sdk.PutObjectInput{Bucket: b, Key: k, IfNoneMatch: aws.String(`"etag"`)})
			return err
		},
		"another checksum algorithm": func() error {
			_, err := c.client.CreateMultipartUpload(ctx, &sdk.CreateMultipartUploadInput{Bucket: b, Key: k, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := call(); code(err) != "NotImplemented" {
				t.Fatalf("got %v, want NotImplemented", err)
			}
		})
	}
}
