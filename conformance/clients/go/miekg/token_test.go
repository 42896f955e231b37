// Package miekg tests a token through github.com/miekg/pkcs11; what is right comes from Go's own cryptography.
//
// MODULE, TOKEN, PIN and SO_PIN in the environment say which token; it is changed.
package miekg

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	p11 "github.com/miekg/pkcs11"
)

// Numbers of the standard that the package does not name.
const (
	roPublic = iota
	roUser
	rwPublic
	rwUser
	aeadDecryptFailed = 0x42
)

var (
	module *p11.Ctx
	slot   uint
	pin    = os.Getenv("PIN")
	soPIN  = os.Getenv("SO_PIN")
)

func TestMain(m *testing.M) {
	module = p11.New(os.Getenv("MODULE"))
	if module == nil {
		fmt.Println("the module cannot be loaded")
		os.Exit(2)
	}
	if err := module.Initialize(); err != nil {
		fmt.Println("C_Initialize:", err)
		os.Exit(2)
	}
	slots, err := module.GetSlotList(true)
	if err != nil {
		fmt.Println("C_GetSlotList:", err)
		os.Exit(2)
	}
	for _, candidate := range slots {
		if info, err := module.GetTokenInfo(candidate); err == nil && info.Label == os.Getenv("TOKEN") {
			slot = candidate
		}
	}
	status := m.Run()
	if err := module.Finalize(); err != nil {
		fmt.Println("C_Finalize:", err)
		status = 2
	}
	module.Destroy()
	os.Exit(status)
}

// open gives a session of the user that ends with the test.
func open(t testing.TB) p11.SessionHandle {
	t.Helper()
	session := openSession(t, p11.CKF_SERIAL_SESSION|p11.CKF_RW_SESSION)
	if err := module.Login(session, p11.CKU_USER, pin); !is(err, p11.CKR_USER_ALREADY_LOGGED_IN) {
		must(t, err)
	}
	return session
}

func openSession(t testing.TB, flags uint) p11.SessionHandle {
	t.Helper()
	session, err := module.OpenSession(slot, flags)
	must(t, err)
	t.Cleanup(func() { _ = module.CloseSession(session) })
	return session
}

func is(err error, wanted uint) bool {
	var code p11.Error
	return errors.As(err, &code) && code == p11.Error(wanted)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused wants one of the codes.
func refused(t testing.TB, err error, codes ...uint) {
	t.Helper()
	for _, code := range codes {
		if is(err, code) {
			return
		}
	}
	t.Fatalf("the answer is %v, not %v", err, p11.Error(codes[0]))
}

func equal(t testing.TB, got, wanted []byte) {
	t.Helper()
	if !bytes.Equal(got, wanted) {
		t.Fatalf("got %x, not %x", got, wanted)
	}
}

func mechanism(kind uint, parameter interface{}) []*p11.Mechanism {
	return []*p11.Mechanism{p11.NewMechanism(kind, parameter)}
}

// attributes makes a template of pairs of a type and a value.
func attributes(pairs ...interface{}) []*p11.Attribute {
	template := make([]*p11.Attribute, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		template = append(template, p11.NewAttribute(uint(pairs[i].(int)), pairs[i+1]))
	}
	return template
}

// secret imports a secret key of the session with every use.
func secret(t testing.TB, session p11.SessionHandle, kind int, value []byte) p11.ObjectHandle {
	t.Helper()
	key, err := module.CreateObject(session, attributes(
		p11.CKA_CLASS, p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE, kind, p11.CKA_VALUE, value, p11.CKA_TOKEN, false,
		p11.CKA_ENCRYPT, true, p11.CKA_DECRYPT, true, p11.CKA_SIGN, true, p11.CKA_VERIFY, true,
		p11.CKA_WRAP, true, p11.CKA_UNWRAP, true, p11.CKA_SENSITIVE, false, p11.CKA_EXTRACTABLE, true))
	must(t, err)
	return key
}

func value(t testing.TB, session p11.SessionHandle, object p11.ObjectHandle, attribute int) []byte {
	t.Helper()
	got, err := module.GetAttributeValue(session, object, []*p11.Attribute{p11.NewAttribute(uint(attribute), nil)})
	must(t, err)
	return got[0].Value
}

func find(t testing.TB, session p11.SessionHandle, template []*p11.Attribute, most int) []p11.ObjectHandle {
	t.Helper()
	must(t, module.FindObjectsInit(session, template))
	found, _, err := module.FindObjects(session, most)
	must(t, err)
	must(t, module.FindObjectsFinal(session))
	return found
}

// fed gives the data to `update` in pieces of different lengths.
func fed(t testing.TB, data []byte, update func([]byte) error) {
	t.Helper()
	for size := 1; len(data) > 0; size = size*3 + 1 {
		if size > len(data) {
			size = len(data)
		}
		must(t, update(data[:size]))
		data = data[size:]
	}
}
