package dynamodb

import (
	"maps"
	"slices"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

const (
	writeUnit = 1024
	readUnit  = 4096
)

// writeUnits is the price of a write: the larger of the item before and after, per begun KB, at least one. Either may
// be nil.
func writeUnits(before, after attribute.Map) float64 {
	return units(max(attribute.Size(before), attribute.Size(after)), writeUnit)
}

// readUnits is the price of reading size bytes: per begun 4 KB, at least one, half of it without consistency.
func readUnits(size int, consistent bool) float64 {
	if consistent {
		return units(size, readUnit)
	}
	return units(size, readUnit) / 2
}

func units(size, unit int) float64 { return float64(max(1, (size+unit-1)/unit)) }

// consumption is what one request consumed on one table: write units or read units, never both.
type consumption struct {
	table   string
	actions []string // the IAM actions it took, sorted
	write   bool
	onTable float64
	onIndex map[string]float64
}

func (c *consumption) total() float64 {
	total := c.onTable
	for _, units := range c.onIndex {
		total += units
	}
	return total
}

func (c *consumption) addIndex(name string, units float64) {
	if c.onIndex == nil {
		c.onIndex = map[string]float64{}
	}
	c.onIndex[name] += units
}

func (c *consumption) addAction(name string) {
	if at, found := slices.BinarySearch(c.actions, name); !found {
		c.actions = slices.Insert(c.actions, at, name)
	}
}

// consumptions are those of one request, in the order in which it first named the tables.
type consumptions []*consumption

func (cs *consumptions) on(table string, write bool) *consumption {
	for _, c := range *cs {
		if c.table == table {
			return c
		}
	}
	c := &consumption{table: table, write: write}
	*cs = append(*cs, c)
	return c
}

// capacity is one number of a ConsumedCapacity answer; transactions also say which kind of units they are.
type capacity struct {
	CapacityUnits      float64
	ReadCapacityUnits  *float64 `json:",omitempty"`
	WriteCapacityUnits *float64 `json:",omitempty"`
}

type consumedCapacity struct {
	TableName string
	capacity
	Table                  *capacity           `json:",omitempty"`
	GlobalSecondaryIndexes map[string]capacity `json:",omitempty"`
}

// report is the ConsumedCapacity answer in the detail that was asked for; nil for none.
func (c *consumption) report(detail string, transaction bool) *consumedCapacity {
	if detail != "TOTAL" && detail != "INDEXES" {
		return nil
	}
	figure := func(units float64) capacity {
		switch {
		case !transaction:
			return capacity{CapacityUnits: units}
		case c.write:
			return capacity{CapacityUnits: units, WriteCapacityUnits: &units}
		}
		return capacity{CapacityUnits: units, ReadCapacityUnits: &units}
	}
	report := &consumedCapacity{TableName: c.table, capacity: figure(c.total())}
	if detail == "INDEXES" {
		onTable := figure(c.onTable)
		report.Table = &onTable
		report.GlobalSecondaryIndexes = map[string]capacity{}
		for _, name := range slices.Sorted(maps.Keys(c.onIndex)) {
			report.GlobalSecondaryIndexes[name] = figure(c.onIndex[name])
		}
	}
	return report
}

func (cs consumptions) report(detail string, transaction bool) []*consumedCapacity {
	var reports []*consumedCapacity
	for _, c := range cs {
		if r := c.report(detail, transaction); r != nil {
			reports = append(reports, r)
		}
	}
	return reports
}
