package crypto11

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/ThalesIgnite/crypto11"
)

var versions = map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}

// identity is a key of the token with a certificate of its own.
func identity(t testing.TB, key crypto11.Signer) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	own := certificate(t, "localhost", key.Public(), nil, key)
	pool := x509.NewCertPool()
	pool.AddCert(own)
	return tls.Certificate{Certificate: [][]byte{own.Raw}, PrivateKey: key, Leaf: own}, pool
}

// echo serves connections until the test ends, and gives its address.
func echo(t testing.TB, config *tls.Config) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func(connection net.Conn) {
				defer connection.Close()
				_, _ = io.Copy(connection, connection)
			}(connection)
		}
	}()
	return listener.Addr().String()
}

func talk(address string, config *tls.Config) error {
	connection, err := tls.Dial("tcp", address, config)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("hello")); err != nil {
		return err
	}
	answer := make([]byte, 5)
	if _, err := io.ReadFull(connection, answer); err != nil {
		return err
	}
	if string(answer) != "hello" {
		return fmt.Errorf("the answer is %q", answer)
	}
	return nil
}

// The key exchange where an RSA key decrypts is not tried: crypto11 refuses the option that crypto/tls gives for it.
func TestTLS(t *testing.T) {
	context := configured(t)
	for name, key := range signers(t, context) {
		own, pool := identity(t, key)
		for version, number := range versions {
			number := number
			t.Run(name+", "+version+", server", func(t *testing.T) {
				address := echo(t, &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: number, MaxVersion: number})
				must(t, talk(address, &tls.Config{RootCAs: pool, ServerName: "localhost"}))
			})
			t.Run(name+", "+version+", both sides", func(t *testing.T) {
				address := echo(t, &tls.Config{
					Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
					MinVersion: number, MaxVersion: number,
				})
				must(t, talk(address, &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: []tls.Certificate{own}}))
				if err := talk(address, &tls.Config{RootCAs: pool, ServerName: "localhost"}); err == nil || !strings.Contains(err.Error(), "certificate") {
					t.Fatalf("a client without a certificate hears %v", err)
				}
			})
		}
	}
}

func TestTLSWithManyClients(t *testing.T) {
	context := configured(t)
	for name, key := range signers(t, context) {
		key := key
		t.Run(name, func(t *testing.T) {
			own, pool := identity(t, key)
			address := echo(t, &tls.Config{Certificates: []tls.Certificate{own}, SessionTicketsDisabled: true})
			var all sync.WaitGroup
			answers := make([]error, 50)
			for client := range answers {
				client := client
				all.Add(1)
				go func() {
					defer all.Done()
					answers[client] = talk(address, &tls.Config{RootCAs: pool, ServerName: "localhost"})
				}()
			}
			all.Wait()
			for client, err := range answers {
				if err != nil {
					t.Errorf("client %d: %v", client, err)
				}
			}
		})
	}
}

func TestPairedCertificates(t *testing.T) {
	context := configured(t)
	key, err := context.GenerateRSAKeyPairWithLabel(fresh(t), fresh(t), 2048)
	must(t, err)
	id, err := context.GetAttribute(key, crypto11.CkaId)
	must(t, err)
	own := certificate(t, "localhost", key.Public(), nil, key)
	must(t, context.ImportCertificate(id.Value, own))
	found, err := context.FindAllPairedCertificates()
	must(t, err)
	for _, one := range found {
		if one.Leaf.Equal(own) {
			pool := x509.NewCertPool()
			pool.AddCert(own)
			address := echo(t, &tls.Config{Certificates: []tls.Certificate{one}})
			must(t, talk(address, &tls.Config{RootCAs: pool, ServerName: "localhost"}))
			return
		}
	}
	t.Fatalf("it is not among %d", len(found))
}
