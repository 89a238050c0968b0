package infra_test
import "testing"
type contractX struct{}
func loadContractX(t *testing.T) contractX { return contractX{} }
