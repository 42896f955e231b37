package miekg

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
	"encoding/asn1"
	"hash"
	"math/big"
	"testing"

	p11 "github.com/miekg/pkcs11"
)

var message = bytes.Repeat([]byte("a message of some length; "), 200)

func TestDigest(t *testing.T) {
	session := open(t)
	for name, hashed := range map[string]struct {
		kind uint
		hash func() hash.Hash
	}{
		"SHA-1": {p11.CKM_SHA_1, sha1.New}, "SHA-224": {p11.CKM_SHA224, sha256.New224},
		"SHA-256": {p11.CKM_SHA256, sha256.New}, "SHA-384": {p11.CKM_SHA384, sha512.New384},
		"SHA-512": {p11.CKM_SHA512, sha512.New},
	} {
		hashed := hashed
		t.Run(name, func(t *testing.T) {
			for _, data := range [][]byte{{}, {1}, message} {
				software := hashed.hash()
				software.Write(data)
				must(t, module.DigestInit(session, mechanism(hashed.kind, nil)))
				got, err := module.Digest(session, data)
				must(t, err)
				equal(t, got, software.Sum(nil))
				must(t, module.DigestInit(session, mechanism(hashed.kind, nil)))
				fed(t, data, func(part []byte) error { return module.DigestUpdate(session, part) })
				got, err = module.DigestFinal(session)
				must(t, err)
				equal(t, got, software.Sum(nil))
			}
		})
	}
	t.Run("of a key", func(t *testing.T) {
		key := secret(t, session, p11.CKK_GENERIC_SECRET, []byte("a key's value"))
		must(t, module.DigestInit(session, mechanism(p11.CKM_SHA256, nil)))
		must(t, module.DigestKey(session, key))
		got, err := module.DigestFinal(session)
		must(t, err)
		wanted := sha256.Sum256([]byte("a key's value"))
		equal(t, got, wanted[:])
	})
	t.Run("a digest goes on in another session", func(t *testing.T) {
		must(t, module.DigestInit(session, mechanism(p11.CKM_SHA256, nil)))
		must(t, module.DigestUpdate(session, message[:1000]))
		state, err := module.GetOperationState(session)
		if is(err, p11.CKR_FUNCTION_NOT_SUPPORTED) {
			t.Skip("the module saves no operation")
		}
		must(t, err)
		other := open(t)
		must(t, module.SetOperationState(other, state, 0, 0))
		must(t, module.DigestUpdate(other, message[1000:]))
		got, err := module.DigestFinal(other)
		must(t, err)
		wanted := sha256.Sum256(message)
		equal(t, got, wanted[:])
	})
}

func TestMAC(t *testing.T) {
	session := open(t)
	value := bytes.Repeat([]byte{0x5a}, 32)
	key := secret(t, session, p11.CKK_GENERIC_SECRET, value)
	for name, mac := range map[string]struct {
		kind uint
		hash func() hash.Hash
	}{
		"SHA-1": {p11.CKM_SHA_1_HMAC, sha1.New}, "SHA-256": {p11.CKM_SHA256_HMAC, sha256.New},
		"SHA-384": {p11.CKM_SHA384_HMAC, sha512.New384}, "SHA-512": {p11.CKM_SHA512_HMAC, sha512.New},
	} {
		mac := mac
		t.Run(name, func(t *testing.T) {
			software := hmac.New(mac.hash, value)
			software.Write(message)
			must(t, module.SignInit(session, mechanism(mac.kind, nil), key))
			fed(t, message, func(part []byte) error { return module.SignUpdate(session, part) })
			got, err := module.SignFinal(session)
			must(t, err)
			equal(t, got, software.Sum(nil))
			must(t, module.VerifyInit(session, mechanism(mac.kind, nil), key))
			must(t, module.Verify(session, message, got))
			got[0] ^= 1
			must(t, module.VerifyInit(session, mechanism(mac.kind, nil), key))
			refused(t, module.Verify(session, message, got), p11.CKR_SIGNATURE_INVALID)
		})
	}
}

// pair generates a pair of the session.
func pair(t testing.TB, session p11.SessionHandle, kind uint, public, private []*p11.Attribute) (p11.ObjectHandle, p11.ObjectHandle) {
	t.Helper()
	private = append(private, attributes(p11.CKA_TOKEN, false, p11.CKA_SENSITIVE, true, p11.CKA_EXTRACTABLE, false)...)
	open, closed, err := module.GenerateKeyPair(session, mechanism(kind, nil), append(public, attributes(p11.CKA_TOKEN, false)...), private)
	must(t, err)
	return open, closed
}

func rsaPair(t testing.TB, session p11.SessionHandle) (*rsa.PublicKey, p11.ObjectHandle, p11.ObjectHandle) {
	t.Helper()
	open, closed := pair(t, session, p11.CKM_RSA_PKCS_KEY_PAIR_GEN,
		attributes(p11.CKA_MODULUS_BITS, 2048, p11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}, p11.CKA_VERIFY, true, p11.CKA_ENCRYPT, true, p11.CKA_WRAP, true),
		attributes(p11.CKA_SIGN, true, p11.CKA_DECRYPT, true, p11.CKA_UNWRAP, true))
	modulus := new(big.Int).SetBytes(value(t, session, open, p11.CKA_MODULUS))
	return &rsa.PublicKey{N: modulus, E: 65537}, open, closed
}

var curves = map[string]struct {
	curve  elliptic.Curve
	object asn1.ObjectIdentifier
}{
	"P-224": {elliptic.P224(), asn1.ObjectIdentifier{1, 3, 132, 0, 33}},
	"P-256": {elliptic.P256(), asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}},
	"P-384": {elliptic.P384(), asn1.ObjectIdentifier{1, 3, 132, 0, 34}},
	"P-521": {elliptic.P521(), asn1.ObjectIdentifier{1, 3, 132, 0, 35}},
}

func ecPair(t testing.TB, session p11.SessionHandle, name string) (*ecdsa.PublicKey, p11.ObjectHandle, p11.ObjectHandle) {
	t.Helper()
	parameters, err := asn1.Marshal(curves[name].object)
	must(t, err)
	open, closed := pair(t, session, p11.CKM_EC_KEY_PAIR_GEN, attributes(p11.CKA_EC_PARAMS, parameters, p11.CKA_VERIFY, true),
		attributes(p11.CKA_SIGN, true, p11.CKA_DERIVE, true))
	var point []byte
	_, err = asn1.Unmarshal(value(t, session, open, p11.CKA_EC_POINT), &point)
	must(t, err)
	x, y := elliptic.Unmarshal(curves[name].curve, point)
	return &ecdsa.PublicKey{Curve: curves[name].curve, X: x, Y: y}, open, closed
}

// sign signs the data in one call and, where the mechanism hashes, in parts; both come back.
func sign(t testing.TB, session p11.SessionHandle, kind []*p11.Mechanism, key p11.ObjectHandle, data []byte, parts bool) [][]byte {
	t.Helper()
	must(t, module.SignInit(session, kind, key))
	one, err := module.Sign(session, data)
	must(t, err)
	if !parts {
		return [][]byte{one}
	}
	must(t, module.SignInit(session, kind, key))
	fed(t, data, func(part []byte) error { return module.SignUpdate(session, part) })
	other, err := module.SignFinal(session)
	must(t, err)
	return [][]byte{one, other}
}

func verify(t testing.TB, session p11.SessionHandle, kind []*p11.Mechanism, key p11.ObjectHandle, data, signature []byte) {
	t.Helper()
	must(t, module.VerifyInit(session, kind, key))
	must(t, module.Verify(session, data, signature))
	wrong := append([]byte{}, signature...)
	wrong[len(wrong)-1] ^= 1
	must(t, module.VerifyInit(session, kind, key))
	refused(t, module.Verify(session, data, wrong), p11.CKR_SIGNATURE_INVALID)
}

func TestRSASignatures(t *testing.T) {
	session := open(t)
	public, open, closed := rsaPair(t, session)
	digest := sha256.Sum256(message)
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, digest[:]...)
	t.Run("PKCS1 of a DigestInfo", func(t *testing.T) {
		kind := mechanism(p11.CKM_RSA_PKCS, nil)
		signature := sign(t, session, kind, closed, info, false)[0]
		must(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature))
		verify(t, session, kind, open, info, signature)
	})
	for name, one := range map[string]struct {
		kind uint
		hash crypto.Hash
	}{
		"PKCS1 with SHA-1": {p11.CKM_SHA1_RSA_PKCS, crypto.SHA1}, "PKCS1 with SHA-256": {p11.CKM_SHA256_RSA_PKCS, crypto.SHA256},
		"PKCS1 with SHA-384": {p11.CKM_SHA384_RSA_PKCS, crypto.SHA384}, "PKCS1 with SHA-512": {p11.CKM_SHA512_RSA_PKCS, crypto.SHA512},
	} {
		one := one
		t.Run(name, func(t *testing.T) {
			hashed := one.hash.New()
			hashed.Write(message)
			kind := mechanism(one.kind, nil)
			for _, signature := range sign(t, session, kind, closed, message, true) {
				must(t, rsa.VerifyPKCS1v15(public, one.hash, hashed.Sum(nil), signature))
				verify(t, session, kind, open, message, signature)
			}
		})
	}
	for name, one := range map[string]struct {
		kind, hashKind, mask uint
		hash                 crypto.Hash
		salt                 int
	}{
		"PSS with SHA-1":            {p11.CKM_SHA1_RSA_PKCS_PSS, p11.CKM_SHA_1, p11.CKG_MGF1_SHA1, crypto.SHA1, 20},
		"PSS with SHA-256":          {p11.CKM_SHA256_RSA_PKCS_PSS, p11.CKM_SHA256, p11.CKG_MGF1_SHA256, crypto.SHA256, 32},
		"PSS with SHA-256, no salt": {p11.CKM_SHA256_RSA_PKCS_PSS, p11.CKM_SHA256, p11.CKG_MGF1_SHA256, crypto.SHA256, 0},
		"PSS with SHA-512":          {p11.CKM_SHA512_RSA_PKCS_PSS, p11.CKM_SHA512, p11.CKG_MGF1_SHA512, crypto.SHA512, 64},
	} {
		one := one
		t.Run(name, func(t *testing.T) {
			hashed := one.hash.New()
			hashed.Write(message)
			kind := mechanism(one.kind, p11.NewPSSParams(one.hashKind, one.mask, uint(one.salt)))
			salt := one.salt
			if salt == 0 {
				salt = rsa.PSSSaltLengthAuto
			}
			for _, signature := range sign(t, session, kind, closed, message, true) {
				must(t, rsa.VerifyPSS(public, one.hash, hashed.Sum(nil), signature, &rsa.PSSOptions{SaltLength: salt}))
				verify(t, session, kind, open, message, signature)
			}
		})
	}
}

func TestECDSA(t *testing.T) {
	session := open(t)
	for name := range curves {
		name := name
		t.Run(name, func(t *testing.T) {
			public, open, closed := ecPair(t, session, name)
			digest := sha256.Sum256(message)
			kind := mechanism(p11.CKM_ECDSA, nil)
			for i := 0; i < 10; i++ {
				signature := sign(t, session, kind, closed, digest[:], false)[0]
				half := len(signature) / 2
				if half != (public.Params().BitSize+7)/8 {
					t.Fatalf("a signature has %d bytes", len(signature))
				}
				r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
				if !ecdsa.Verify(public, digest[:], r, s) {
					t.Fatal("Go does not take the signature")
				}
				verify(t, session, kind, open, digest[:], signature)
			}
		})
	}
}

func TestRSADecryption(t *testing.T) {
	session := open(t)
	public, open, closed := rsaPair(t, session)
	short := []byte("a short message")
	decrypt := func(t *testing.T, kind []*p11.Mechanism, blob []byte) {
		t.Helper()
		must(t, module.DecryptInit(session, kind, closed))
		got, err := module.Decrypt(session, blob)
		must(t, err)
		equal(t, got, short)
	}
	t.Run("PKCS1", func(t *testing.T) {
		blob, err := rsa.EncryptPKCS1v15(rand.Reader, public, short)
		must(t, err)
		decrypt(t, mechanism(p11.CKM_RSA_PKCS, nil), blob)
	})
	for name, one := range map[string]struct {
		kind, mask uint
		hash       hash.Hash
		label      []byte
	}{
		"OAEP with SHA-1":               {p11.CKM_SHA_1, p11.CKG_MGF1_SHA1, sha1.New(), nil},
		"OAEP with SHA-256":             {p11.CKM_SHA256, p11.CKG_MGF1_SHA256, sha256.New(), nil},
		"OAEP with SHA-256 and a label": {p11.CKM_SHA256, p11.CKG_MGF1_SHA256, sha256.New(), []byte("label")},
		"OAEP with SHA-512":             {p11.CKM_SHA512, p11.CKG_MGF1_SHA512, sha512.New(), nil},
	} {
		one := one
		t.Run(name, func(t *testing.T) {
			kind := mechanism(p11.CKM_RSA_PKCS_OAEP, p11.NewOAEPParams(one.kind, one.mask, p11.CKZ_DATA_SPECIFIED, one.label))
			blob, err := rsa.EncryptOAEP(one.hash, rand.Reader, public, short, one.label)
			must(t, err)
			decrypt(t, kind, blob)
			must(t, module.EncryptInit(session, kind, open))
			blob, err = module.Encrypt(session, short)
			must(t, err)
			decrypt(t, kind, blob)
		})
	}
}

func TestAES(t *testing.T) {
	session := open(t)
	iv := []byte("sixteen byte iv.")
	data := message[:1600]
	for _, size := range []int{16, 24, 32} {
		value := bytes.Repeat([]byte{byte(size)}, size)
		key := secret(t, session, p11.CKK_AES, value)
		block, err := aes.NewCipher(value)
		must(t, err)
		both := func(name string, kind []*p11.Mechanism, plain, wanted []byte) {
			t.Run(name, func(t *testing.T) {
				must(t, module.EncryptInit(session, kind, key))
				got, err := module.Encrypt(session, plain)
				must(t, err)
				equal(t, got, wanted)
				must(t, module.DecryptInit(session, kind, key))
				var pieces []byte
				fed(t, wanted, func(part []byte) error {
					out, err := module.DecryptUpdate(session, part)
					pieces = append(pieces, out...)
					return err
				})
				last, err := module.DecryptFinal(session)
				must(t, err)
				equal(t, append(pieces, last...), plain)
			})
		}
		name := map[int]string{16: "AES-128 ", 24: "AES-192 ", 32: "AES-256 "}[size]
		wanted := make([]byte, len(data))
		for i := 0; i < len(data); i += 16 {
			block.Encrypt(wanted[i:], data[i:])
		}
		both(name+"ECB", mechanism(p11.CKM_AES_ECB, nil), data, wanted)
		wanted = make([]byte, len(data))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(wanted, data)
		both(name+"CBC", mechanism(p11.CKM_AES_CBC, iv), data, wanted)
		padded := append(append([]byte{}, data[:1595]...), 5, 5, 5, 5, 5)
		wanted = make([]byte, len(padded))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(wanted, padded)
		both(name+"CBC with padding", mechanism(p11.CKM_AES_CBC_PAD, iv), data[:1595], wanted)
		t.Run(name+"GCM", func(t *testing.T) {
			gcm(t, session, key, block)
		})
	}
}

func gcm(t *testing.T, session p11.SessionHandle, key p11.ObjectHandle, block cipher.Block) {
	software, err := cipher.NewGCM(block)
	must(t, err)
	nonce, more := []byte("twelve bytes"), []byte("additional data")
	wanted := software.Seal(nil, nonce, message, more)
	parameters := p11.NewGCMParams(nonce, more, 128)
	defer parameters.Free()
	must(t, module.EncryptInit(session, mechanism(p11.CKM_AES_GCM, parameters), key))
	got, err := module.Encrypt(session, message)
	must(t, err)
	equal(t, got, wanted)
	equal(t, parameters.IV(), nonce)
	open := p11.NewGCMParams(nonce, more, 128)
	defer open.Free()
	must(t, module.DecryptInit(session, mechanism(p11.CKM_AES_GCM, open), key))
	got, err = module.Decrypt(session, wanted)
	must(t, err)
	equal(t, got, message)
	wanted[3] ^= 1
	must(t, module.DecryptInit(session, mechanism(p11.CKM_AES_GCM, open), key))
	_, err = module.Decrypt(session, wanted)
	refused(t, err, p11.CKR_ENCRYPTED_DATA_INVALID, aeadDecryptFailed)
}

func TestDerivation(t *testing.T) {
	session := open(t)
	for _, name := range []string{"P-256", "P-384", "P-521"} {
		name := name
		t.Run("ECDH "+name, func(t *testing.T) {
			public, _, closed := ecPair(t, session, name)
			curve := curves[name].curve
			scalar, x, y, err := elliptic.GenerateKey(curve, rand.Reader)
			must(t, err)
			shared, _ := curve.ScalarMult(public.X, public.Y, scalar)
			wanted := shared.FillBytes(make([]byte, (curve.Params().BitSize+7)/8))
			parameters := p11.NewECDH1DeriveParams(p11.CKD_NULL, nil, elliptic.Marshal(curve, x, y))
			key, err := module.DeriveKey(session, mechanism(p11.CKM_ECDH1_DERIVE, parameters), closed, attributes(
				p11.CKA_CLASS, p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE, p11.CKK_GENERIC_SECRET, p11.CKA_VALUE_LEN, len(wanted),
				p11.CKA_TOKEN, false, p11.CKA_SENSITIVE, false, p11.CKA_EXTRACTABLE, true))
			must(t, err)
			equal(t, value(t, session, key, p11.CKA_VALUE), wanted)
		})
	}
}

func TestWrapping(t *testing.T) {
	session := open(t)
	wrapping := secret(t, session, p11.CKK_AES, bytes.Repeat([]byte{7}, 32))
	plain := []byte("0123456789abcdef0123456789abcdef")
	template := attributes(p11.CKA_CLASS, p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE, p11.CKK_AES, p11.CKA_TOKEN, false,
		p11.CKA_SENSITIVE, false, p11.CKA_EXTRACTABLE, true)
	_, open, closed := rsaPair(t, session)
	for name, one := range map[string]struct {
		kind []*p11.Mechanism
		keys [2]p11.ObjectHandle
	}{
		"AES key wrap":                    {mechanism(p11.CKM_AES_KEY_WRAP, nil), [2]p11.ObjectHandle{wrapping, wrapping}},
		"AES key wrap with padding (KWP)": {mechanism(p11.CKM_AES_KEY_WRAP_PAD, nil), [2]p11.ObjectHandle{wrapping, wrapping}},
		"AES-CBC with padding":            {mechanism(p11.CKM_AES_CBC_PAD, []byte("sixteen byte iv.")), [2]p11.ObjectHandle{wrapping, wrapping}},
		"RSA PKCS1":                       {mechanism(p11.CKM_RSA_PKCS, nil), [2]p11.ObjectHandle{open, closed}},
		"RSA OAEP": {mechanism(p11.CKM_RSA_PKCS_OAEP, p11.NewOAEPParams(p11.CKM_SHA_1, p11.CKG_MGF1_SHA1,
			p11.CKZ_DATA_SPECIFIED, nil)), [2]p11.ObjectHandle{open, closed}},
	} {
		one := one
		t.Run(name, func(t *testing.T) {
			blob, err := module.WrapKey(session, one.kind, one.keys[0], secret(t, session, p11.CKK_AES, plain))
			must(t, err)
			key, err := module.UnwrapKey(session, one.kind, one.keys[1], blob, template)
			must(t, err)
			equal(t, value(t, session, key, p11.CKA_VALUE), plain)
		})
	}
	t.Run("a private key", func(t *testing.T) {
		public, closed, err := module.GenerateKeyPair(session, mechanism(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, nil),
			attributes(p11.CKA_MODULUS_BITS, 2048, p11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}, p11.CKA_TOKEN, false),
			attributes(p11.CKA_TOKEN, false, p11.CKA_EXTRACTABLE, true, p11.CKA_SIGN, true))
		must(t, err)
		kind := mechanism(p11.CKM_AES_CBC_PAD, []byte("sixteen byte iv."))
		blob, err := module.WrapKey(session, kind, wrapping, closed)
		must(t, err)
		again, err := module.UnwrapKey(session, kind, wrapping, blob, attributes(p11.CKA_CLASS, p11.CKO_PRIVATE_KEY,
			p11.CKA_KEY_TYPE, p11.CKK_RSA, p11.CKA_TOKEN, false, p11.CKA_SIGN, true))
		must(t, err)
		signature := sign(t, session, mechanism(p11.CKM_SHA256_RSA_PKCS, nil), again, message, true)[0]
		verify(t, session, mechanism(p11.CKM_SHA256_RSA_PKCS, nil), public, message, signature)
	})
	t.Run("a key that stays", func(t *testing.T) {
		_, _, kept := rsaPair(t, session)
		_, err := module.WrapKey(session, mechanism(p11.CKM_AES_KEY_WRAP_PAD, nil), wrapping, kept)
		refused(t, err, p11.CKR_KEY_UNEXTRACTABLE)
	})
}

func TestGenerateKey(t *testing.T) {
	session := open(t)
	for name, one := range map[string]struct {
		kind   uint
		length int
	}{
		"AES-128": {p11.CKM_AES_KEY_GEN, 16}, "AES-256": {p11.CKM_AES_KEY_GEN, 32}, "a generic secret": {p11.CKM_GENERIC_SECRET_KEY_GEN, 20},
	} {
		one := one
		t.Run(name, func(t *testing.T) {
			key, err := module.GenerateKey(session, mechanism(one.kind, nil), attributes(p11.CKA_TOKEN, false,
				p11.CKA_VALUE_LEN, one.length, p11.CKA_SENSITIVE, false, p11.CKA_EXTRACTABLE, true))
			must(t, err)
			if got := value(t, session, key, p11.CKA_VALUE); len(got) != one.length {
				t.Fatalf("the key has %d bytes", len(got))
			}
		})
	}
	t.Run("a sensitive value is not shown", func(t *testing.T) {
		key, err := module.GenerateKey(session, mechanism(p11.CKM_AES_KEY_GEN, nil), attributes(p11.CKA_TOKEN, false,
			p11.CKA_VALUE_LEN, 32, p11.CKA_SENSITIVE, true))
		must(t, err)
		_, err = module.GetAttributeValue(session, key, attributes(p11.CKA_VALUE, nil))
		refused(t, err, p11.CKR_ATTRIBUTE_SENSITIVE)
	})
}
