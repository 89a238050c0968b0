// Package expression is DynamoDB's expression language: condition, filter, key condition, projection and update
// expressions, parsed once and then evaluated on items. It stores nothing and knows no table. Every error is an
// attribute.ValidationError worded as DynamoDB words it.
package expression
