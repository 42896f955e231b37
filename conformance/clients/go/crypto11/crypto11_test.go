// Package crypto11 tests a token through github.com/ThalesIgnite/crypto11, as a service in Go would use it; what is right
// comes from Go's own cryptography.
//
// MODULE, TOKEN and PIN in the environment say which token; it is changed.
package crypto11

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"hash"
	"io"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ThalesIgnite/crypto11"
	"github.com/miekg/pkcs11"
)

var message = bytes.Repeat([]byte("a message of some length; "), 200)

func configuration() *crypto11.Config {
	return &crypto11.Config{Path: os.Getenv("MODULE"), TokenLabel: os.Getenv("TOKEN"), Pin: os.Getenv("PIN")}
}

func configured(t testing.TB) *crypto11.Context {
	t.Helper()
	context, err := crypto11.Configure(configuration())
	must(t, err)
	t.Cleanup(func() {
		if err := context.Close(); err != nil {
			t.Error(err)
		}
	})
	return context
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, got, wanted []byte) {
	t.Helper()
	if !bytes.Equal(got, wanted) {
		t.Fatalf("got %x, not %x", got, wanted)
	}
}

func fresh(t testing.TB) []byte {
	t.Helper()
	id := make([]byte, 16)
	_, err := rand.Read(id)
	must(t, err)
	return id
}

// signers makes a pair of each kind.
func signers(t testing.TB, context *crypto11.Context) map[string]crypto11.Signer {
	t.Helper()
	made := map[string]crypto11.Signer{}
	key, err := context.GenerateRSAKeyPairWithLabel(fresh(t), fresh(t), 2048)
	must(t, err)
	made["RSA"] = key
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		key, err := context.GenerateECDSAKeyPairWithLabel(fresh(t), fresh(t), curve)
		must(t, err)
		made[name] = key
	}
	return made
}

func verified(t testing.TB, public crypto.PublicKey, digest, signature []byte, options crypto.SignerOpts) {
	t.Helper()
	switch key := public.(type) {
	case *rsa.PublicKey:
		if pss, ok := options.(*rsa.PSSOptions); ok {
			must(t, rsa.VerifyPSS(key, pss.Hash, digest, signature, pss))
		} else {
			must(t, rsa.VerifyPKCS1v15(key, options.HashFunc(), digest, signature))
		}
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, digest, signature) {
			t.Fatal("Go does not take the signature")
		}
	default:
		t.Fatalf("the public key is a %T", public)
	}
}

func TestSigners(t *testing.T) {
	context := configured(t)
	for name, key := range signers(t, context) {
		name, key := name, key
		t.Run(name, func(t *testing.T) {
			for _, kind := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
				hashed := kind.New()
				hashed.Write(message)
				options := []crypto.SignerOpts{kind}
				if name == "RSA" {
					options = append(options, &rsa.PSSOptions{Hash: kind, SaltLength: rsa.PSSSaltLengthEqualsHash})
				}
				for _, option := range options {
					signature, err := key.Sign(rand.Reader, hashed.Sum(nil), option)
					must(t, err)
					verified(t, key.Public(), hashed.Sum(nil), signature, option)
				}
			}
			must(t, key.Delete())
		})
	}
}

func TestKeysAreFoundAgain(t *testing.T) {
	id, label := fresh(t), fresh(t)
	first, err := crypto11.Configure(configuration())
	must(t, err)
	made, err := first.GenerateECDSAKeyPairWithLabel(id, label, elliptic.P256())
	must(t, err)
	wanted, err := x509.MarshalPKIXPublicKey(made.Public())
	must(t, err)
	must(t, first.Close())
	context := configured(t)
	for name, find := range map[string]func() (crypto11.Signer, error){
		"by identifier": func() (crypto11.Signer, error) { return context.FindKeyPair(id, nil) },
		"by label":      func() (crypto11.Signer, error) { return context.FindKeyPair(nil, label) },
		"by both":       func() (crypto11.Signer, error) { return context.FindKeyPair(id, label) },
	} {
		find := find
		t.Run(name, func(t *testing.T) {
			found, err := find()
			must(t, err)
			if found == nil {
				t.Fatal("there is none")
			}
			got, err := x509.MarshalPKIXPublicKey(found.Public())
			must(t, err)
			equal(t, got, wanted)
		})
	}
	t.Run("deleted", func(t *testing.T) {
		found, err := context.FindKeyPair(id, label)
		must(t, err)
		must(t, found.Delete())
		found, err = context.FindKeyPair(id, label)
		must(t, err)
		if found != nil {
			t.Fatal("it is still there")
		}
	})
	t.Run("nobody's", func(t *testing.T) {
		found, err := context.FindKeyPair(fresh(t), nil)
		must(t, err)
		if found != nil {
			t.Fatal("there is one")
		}
	})
}

func TestTokenSelection(t *testing.T) {
	context := configured(t)
	_ = context
	module := pkcs11.New(os.Getenv("MODULE"))
	slots, err := module.GetSlotList(true)
	must(t, err)
	for _, slot := range slots {
		info, err := module.GetTokenInfo(slot)
		must(t, err)
		if info.Label != os.Getenv("TOKEN") {
			continue
		}
		number := int(slot)
		for name, config := range map[string]*crypto11.Config{
			"by serial number": {Path: os.Getenv("MODULE"), TokenSerial: info.SerialNumber, Pin: os.Getenv("PIN")},
			"by slot":          {Path: os.Getenv("MODULE"), SlotNumber: &number, Pin: os.Getenv("PIN")},
		} {
			config := config
			t.Run(name, func(t *testing.T) {
				other, err := crypto11.Configure(config)
				must(t, err)
				must(t, other.Close())
			})
		}
	}
}

// Where crypto11 cannot be configured it finalizes the module, whoever else uses it: so nobody does here.
func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(*crypto11.Config){
		"a token that is not there": func(config *crypto11.Config) { config.TokenLabel = "nobody" },
		"a wrong PIN":               func(config *crypto11.Config) { config.Pin = "not-it" },
	} {
		change := change
		t.Run(name, func(t *testing.T) {
			config := configuration()
			change(config)
			if context, err := crypto11.Configure(config); err == nil {
				must(t, context.Close())
				t.Fatal("it is taken")
			}
		})
	}
	configured(t)
}

func TestDecryption(t *testing.T) {
	context := configured(t)
	key, err := context.GenerateRSAKeyPair(fresh(t), 2048)
	must(t, err)
	public := key.Public().(*rsa.PublicKey)
	short := []byte("a short message")
	t.Run("PKCS1", func(t *testing.T) {
		blob, err := rsa.EncryptPKCS1v15(rand.Reader, public, short)
		must(t, err)
		got, err := key.Decrypt(rand.Reader, blob, &rsa.PKCS1v15DecryptOptions{})
		must(t, err)
		equal(t, got, short)
		got, err = key.Decrypt(rand.Reader, blob, nil)
		must(t, err)
		equal(t, got, short)
	})
	for name, one := range map[string]struct {
		kind crypto.Hash
		hash hash.Hash
	}{"SHA-1": {crypto.SHA1, sha1.New()}, "SHA-256": {crypto.SHA256, sha256.New()}, "SHA-512": {crypto.SHA512, sha512.New()}} {
		one := one
		for _, label := range [][]byte{nil, []byte("label")} {
			label := label
			t.Run(fmt.Sprintf("OAEP with %s, label %q", name, label), func(t *testing.T) {
				blob, err := rsa.EncryptOAEP(one.hash, rand.Reader, public, short, label)
				must(t, err)
				got, err := key.Decrypt(rand.Reader, blob, &rsa.OAEPOptions{Hash: one.kind, Label: label})
				must(t, err)
				equal(t, got, short)
			})
		}
	}
}

// secret makes a key and gives its value, too.
func secret(t testing.TB, context *crypto11.Context, bits int, kind *crypto11.SymmetricCipher) (*crypto11.SecretKey, []byte) {
	t.Helper()
	template, err := crypto11.NewAttributeSetWithIDAndLabel(fresh(t), fresh(t))
	must(t, err)
	must(t, template.Set(crypto11.CkaSensitive, false))
	must(t, template.Set(crypto11.CkaExtractable, true))
	key, err := context.GenerateSecretKeyWithAttributes(template, bits, kind)
	must(t, err)
	value, err := context.GetAttribute(key, crypto11.CkaValue)
	must(t, err)
	return key, value.Value
}

func TestAES(t *testing.T) {
	context := configured(t)
	for _, bits := range []int{128, 192, 256} {
		bits := bits
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			key, value := secret(t, context, bits, crypto11.CipherAES)
			block, err := aes.NewCipher(value)
			must(t, err)
			t.Run("Block", func(t *testing.T) {
				got, wanted := make([]byte, 16), make([]byte, 16)
				key.Encrypt(got, message[:16])
				block.Encrypt(wanted, message[:16])
				equal(t, got, wanted)
				key.Decrypt(got, wanted)
				equal(t, got, message[:16])
			})
			t.Run("GCM", func(t *testing.T) {
				// crypto11's nonces have 16 bytes unless the configuration says otherwise.
				ours, err := key.NewGCM()
				must(t, err)
				software, err := cipher.NewGCMWithNonceSize(block, ours.NonceSize())
				must(t, err)
				nonce := fresh(t)[:ours.NonceSize()]
				wanted := software.Seal(nil, nonce, message, []byte("more"))
				equal(t, ours.Seal(nil, nonce, message, []byte("more")), wanted)
				got, err := ours.Open(nil, nonce, wanted, []byte("more"))
				must(t, err)
				equal(t, got, message)
				wanted[0] ^= 1
				if _, err := ours.Open(nil, nonce, wanted, []byte("more")); err == nil {
					t.Fatal("a changed ciphertext is taken")
				}
			})
			t.Run("CBC", func(t *testing.T) {
				iv := fresh(t)
				ours, err := key.NewCBCEncrypterCloser(iv)
				must(t, err)
				got, wanted := make([]byte, 1600), make([]byte, 1600)
				ours.CryptBlocks(got[:160], message[:160])
				ours.CryptBlocks(got[160:], message[160:1600])
				ours.Close()
				cipher.NewCBCEncrypter(block, iv).CryptBlocks(wanted, message[:1600])
				equal(t, got, wanted)
				back, err := key.NewCBCDecrypterCloser(iv)
				must(t, err)
				back.CryptBlocks(got, wanted)
				back.Close()
				equal(t, got, message[:1600])
			})
			t.Run("CBC as AEAD", func(t *testing.T) {
				ours, err := key.NewCBC(crypto11.PaddingPKCS)
				must(t, err)
				iv := fresh(t)
				sealed := ours.Seal(nil, iv, message[:1001], nil)
				padded := append(append([]byte{}, message[:1001]...), bytes.Repeat([]byte{7}, 7)...)
				wanted := make([]byte, len(padded))
				cipher.NewCBCEncrypter(block, iv).CryptBlocks(wanted, padded)
				equal(t, sealed, wanted)
				got, err := ours.Open(nil, iv, sealed, nil)
				must(t, err)
				equal(t, got, message[:1001])
			})
			must(t, key.Delete())
		})
	}
}

func TestHMAC(t *testing.T) {
	context := configured(t)
	key, value := secret(t, context, 512, crypto11.CipherGeneric)
	for name, one := range map[string]struct {
		kind int
		hash func() hash.Hash
	}{
		"SHA-1": {pkcs11.CKM_SHA_1_HMAC, sha1.New}, "SHA-224": {pkcs11.CKM_SHA224_HMAC, sha256.New224},
		"SHA-256": {pkcs11.CKM_SHA256_HMAC, sha256.New}, "SHA-384": {pkcs11.CKM_SHA384_HMAC, sha512.New384},
		"SHA-512": {pkcs11.CKM_SHA512_HMAC, sha512.New},
	} {
		one := one
		t.Run(name, func(t *testing.T) {
			ours, err := key.NewHMAC(one.kind, 0)
			must(t, err)
			software := hmac.New(one.hash, value)
			for round, data := range [][]byte{message, nil, []byte("again")} {
				if round > 0 { // and not after the last, since crypto11 keeps a session for it until the sum
					ours.Reset()
					software.Reset()
				}
				for len(data) > 0 {
					part := data[:(len(data)+2)/3]
					_, err := ours.Write(part)
					must(t, err)
					software.Write(part)
					data = data[len(part):]
				}
				equal(t, ours.Sum(nil), software.Sum(nil))
			}
		})
	}
}

func TestRandomReader(t *testing.T) {
	reader, err := configured(t).NewRandomReader()
	must(t, err)
	one, other := make([]byte, 100000), make([]byte, 100000)
	_, err = io.ReadFull(reader, one)
	must(t, err)
	_, err = io.ReadFull(reader, other)
	must(t, err)
	if bytes.Equal(one, other) {
		t.Fatal("the same came twice")
	}
}

// certificate makes a certificate of the key, signed by the issuer's key.
func certificate(t testing.TB, name string, public crypto.PublicKey, issuer *x509.Certificate, key crypto.Signer) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: issuer == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, key)
	must(t, err)
	made, err := x509.ParseCertificate(der)
	must(t, err)
	return made
}

func TestCertificates(t *testing.T) {
	context := configured(t)
	for name, key := range signers(t, context) {
		name, key := name, key
		t.Run(name, func(t *testing.T) {
			request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
			must(t, err)
			parsed, err := x509.ParseCertificateRequest(request)
			must(t, err)
			must(t, parsed.CheckSignature())
			authority := certificate(t, "authority", key.Public(), nil, key)
			must(t, authority.CheckSignatureFrom(authority))
			leaf := certificate(t, "localhost", key.Public(), authority, key)
			must(t, leaf.CheckSignatureFrom(authority))
			id := fresh(t)
			must(t, context.ImportCertificateWithLabel(id, []byte(name), leaf))
			for _, find := range []func() (*x509.Certificate, error){
				func() (*x509.Certificate, error) { return context.FindCertificate(id, nil, nil) },
				func() (*x509.Certificate, error) { return context.FindCertificate(nil, []byte(name), nil) },
				func() (*x509.Certificate, error) { return context.FindCertificate(nil, nil, leaf.SerialNumber) },
			} {
				found, err := find()
				must(t, err)
				if found == nil || !found.Equal(leaf) {
					t.Fatal("it is not found, or another one is")
				}
			}
			must(t, context.DeleteCertificate(id, nil, nil))
			found, err := context.FindCertificate(id, nil, nil)
			must(t, err)
			if found != nil {
				t.Fatal("it is still there")
			}
		})
	}
}

func TestParallelUse(t *testing.T) {
	context := configured(t)
	keys := signers(t, context)
	aesKey, value := secret(t, context, 256, crypto11.CipherAES)
	block, err := aes.NewCipher(value)
	must(t, err)
	digest := sha256.Sum256(message)
	var all sync.WaitGroup
	failures := make(chan error, 1000)
	for worker := 0; worker < 64; worker++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for name, key := range keys {
				signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
				if err != nil {
					failures <- fmt.Errorf("%s: %w", name, err)
					continue
				}
				switch public := key.Public().(type) {
				case *rsa.PublicKey:
					err = rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
				case *ecdsa.PublicKey:
					if !ecdsa.VerifyASN1(public, digest[:], signature) {
						err = fmt.Errorf("the signature is wrong")
					}
				}
				if err != nil {
					failures <- fmt.Errorf("%s: %w", name, err)
				}
			}
			for round := 0; round < 20; round++ {
				ours, err := aesKey.NewGCM()
				if err != nil {
					failures <- err
					return
				}
				nonce := make([]byte, ours.NonceSize())
				_, _ = rand.Read(nonce)
				software, _ := cipher.NewGCMWithNonceSize(block, len(nonce))
				if !bytes.Equal(ours.Seal(nil, nonce, message, nil), software.Seal(nil, nonce, message, nil)) {
					failures <- fmt.Errorf("GCM gives another ciphertext")
				}
			}
		}()
	}
	all.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
}
