package sam

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
)

// Bridge is where containers reach this machine: the address to listen at, and how containers name it. On Linux it is the
// machine's own address on Docker's bridge, which no other machine can reach. Where the engine runs in a virtual machine
// (Docker Desktop) it is loopback, under the name that Desktop gives it in containers.
func Bridge(ctx context.Context) (listen, host string, err error) {
	out, err := exec.CommandContext(ctx, "docker", "network", "inspect", "bridge", "--format", "{{range .IPAM.Config}}{{.Subnet}} {{end}}").CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("docker network inspect bridge: %w: %s", err, out)
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return "", "", err
	}
	for subnet := range strings.FieldsSeq(string(out)) {
		prefix, err := netip.ParsePrefix(subnet)
		if err != nil {
			return "", "", fmt.Errorf("docker's bridge: %w", err)
		}
		for _, a := range own {
			if at, err := netip.ParsePrefix(a.String()); err == nil && at.Addr().Is4() && prefix.Contains(at.Addr()) {
				return at.Addr().String(), at.Addr().String(), nil
			}
		}
	}
	return "127.0.0.1", "host.docker.internal", nil
}
