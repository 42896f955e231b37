package miekg

import (
	"bytes"
	"testing"

	p11 "github.com/miekg/pkcs11"
)

func TestInformation(t *testing.T) {
	info, err := module.GetInfo()
	must(t, err)
	if info.CryptokiVersion.Major < 2 || info.ManufacturerID == "" {
		t.Fatalf("the module tells of itself %+v", info)
	}
	all, err := module.GetSlotList(false)
	must(t, err)
	for _, one := range all {
		_, err := module.GetSlotInfo(one)
		must(t, err)
	}
	token, err := module.GetTokenInfo(slot)
	must(t, err)
	if token.Flags&p11.CKF_TOKEN_INITIALIZED == 0 || token.Flags&p11.CKF_RNG == 0 || token.SerialNumber == "" {
		t.Fatalf("the token tells of itself %+v", token)
	}
	_, err = module.GetTokenInfo(slot + 1<<20)
	refused(t, err, p11.CKR_SLOT_ID_INVALID)
	refused(t, module.Initialize(), p11.CKR_CRYPTOKI_ALREADY_INITIALIZED)
}

func TestMechanisms(t *testing.T) {
	list, err := module.GetMechanismList(slot)
	must(t, err)
	if len(list) == 0 {
		t.Fatal("there are none")
	}
	for _, one := range list {
		_, err := module.GetMechanismInfo(slot, []*p11.Mechanism{one})
		must(t, err)
	}
	info, err := module.GetMechanismInfo(slot, mechanism(p11.CKM_RSA_PKCS, nil))
	must(t, err)
	if info.MaxKeySize < 4096 || info.Flags&p11.CKF_SIGN == 0 {
		t.Fatalf("CKM_RSA_PKCS is %+v", info)
	}
	_, err = module.GetMechanismInfo(slot, mechanism(0x7fffffff, nil))
	refused(t, err, p11.CKR_MECHANISM_INVALID)
}

func TestSessions(t *testing.T) {
	must(t, module.CloseAllSessions(slot))
	reader := openSession(t, p11.CKF_SERIAL_SESSION)
	writer := openSession(t, p11.CKF_SERIAL_SESSION|p11.CKF_RW_SESSION)
	state := func(session p11.SessionHandle, wanted uint) {
		t.Helper()
		info, err := module.GetSessionInfo(session)
		must(t, err)
		if info.State != wanted || info.SlotID != slot {
			t.Fatalf("the session is %+v, not in state %d", info, wanted)
		}
	}
	state(reader, roPublic)
	state(writer, rwPublic)
	refused(t, module.Login(writer, p11.CKU_USER, "not-it"), p11.CKR_PIN_INCORRECT)
	must(t, module.Login(reader, p11.CKU_USER, pin))
	state(reader, roUser)
	state(writer, rwUser)
	refused(t, module.Login(writer, p11.CKU_USER, pin), p11.CKR_USER_ALREADY_LOGGED_IN)
	refused(t, module.Login(writer, p11.CKU_SO, soPIN), p11.CKR_USER_ANOTHER_ALREADY_LOGGED_IN, p11.CKR_SESSION_READ_ONLY_EXISTS)
	must(t, module.Logout(writer))
	state(reader, roPublic)
	refused(t, module.Logout(writer), p11.CKR_USER_NOT_LOGGED_IN)
	_, err := module.OpenSession(slot, p11.CKF_RW_SESSION)
	refused(t, err, p11.CKR_SESSION_PARALLEL_NOT_SUPPORTED)
	must(t, module.CloseSession(reader))
	refused(t, module.CloseSession(reader), p11.CKR_SESSION_HANDLE_INVALID)
}

func TestPINs(t *testing.T) {
	must(t, module.CloseAllSessions(slot))
	session := open(t)
	refused(t, module.SetPIN(session, "not-it", "another"), p11.CKR_PIN_INCORRECT)
	must(t, module.SetPIN(session, pin, "another-pin"))
	must(t, module.Logout(session))
	refused(t, module.Login(session, p11.CKU_USER, pin), p11.CKR_PIN_INCORRECT)
	must(t, module.Login(session, p11.CKU_SO, soPIN))
	must(t, module.InitPIN(session, pin))
	must(t, module.Logout(session))
	must(t, module.Login(session, p11.CKU_USER, pin))
}

func TestObjects(t *testing.T) {
	session := open(t)
	label := "data of miekg"
	data, err := module.CreateObject(session, attributes(p11.CKA_CLASS, p11.CKO_DATA, p11.CKA_TOKEN, true,
		p11.CKA_PRIVATE, false, p11.CKA_LABEL, label, p11.CKA_APPLICATION, "go", p11.CKA_VALUE, []byte("first")))
	must(t, err)
	size, err := module.GetObjectSize(session, data)
	if err != nil {
		refused(t, err, p11.CKR_INFORMATION_SENSITIVE)
	} else if size == 0 {
		t.Fatal("its size is 0")
	}
	equal(t, value(t, session, data, p11.CKA_VALUE), []byte("first"))
	must(t, module.SetAttributeValue(session, data, attributes(p11.CKA_LABEL, label+", again")))
	copied, err := module.CopyObject(session, data, attributes(p11.CKA_TOKEN, false, p11.CKA_LABEL, "a copy"))
	must(t, err)
	equal(t, value(t, session, copied, p11.CKA_VALUE), []byte("first"))
	if found := find(t, session, attributes(p11.CKA_LABEL, label), 9); len(found) != 0 {
		t.Fatalf("%d objects have the label it had", len(found))
	}
	if found := find(t, session, attributes(p11.CKA_LABEL, label+", again", p11.CKA_CLASS, p11.CKO_DATA), 9); len(found) != 1 {
		t.Fatalf("%d objects have its label", len(found))
	}
	must(t, module.DestroyObject(session, data))
	_, err = module.GetAttributeValue(session, data, attributes(p11.CKA_VALUE, nil))
	refused(t, err, p11.CKR_OBJECT_HANDLE_INVALID)
	_, err = module.GetAttributeValue(session, copied, attributes(p11.CKA_MODULUS, nil))
	refused(t, err, p11.CKR_ATTRIBUTE_TYPE_INVALID)
	_, err = module.CreateObject(session, attributes(p11.CKA_LABEL, "no class"))
	refused(t, err, p11.CKR_TEMPLATE_INCOMPLETE)
}

func TestSearch(t *testing.T) {
	session := open(t)
	for i := 0; i < 50; i++ {
		_, err := module.CreateObject(session, attributes(p11.CKA_CLASS, p11.CKO_DATA, p11.CKA_LABEL, "one of 50",
			p11.CKA_VALUE, []byte{byte(i)}))
		must(t, err)
	}
	must(t, module.FindObjectsInit(session, attributes(p11.CKA_LABEL, "one of 50")))
	refused(t, module.FindObjectsInit(session, nil), p11.CKR_OPERATION_ACTIVE)
	seen := map[p11.ObjectHandle]bool{}
	for {
		found, _, err := module.FindObjects(session, 7)
		must(t, err)
		if len(found) == 0 {
			break
		}
		for _, object := range found {
			seen[object] = true
		}
	}
	must(t, module.FindObjectsFinal(session))
	if len(seen) != 50 {
		t.Fatalf("%d objects are found, not 50", len(seen))
	}
	refused(t, module.FindObjectsFinal(session), p11.CKR_OPERATION_NOT_INITIALIZED)
}

func TestRandom(t *testing.T) {
	session := open(t)
	if err := module.SeedRandom(session, []byte("a seed")); err != nil {
		refused(t, err, p11.CKR_RANDOM_SEED_NOT_SUPPORTED)
	}
	for _, length := range []int{1, 16, 1000, 100000} {
		one, err := module.GenerateRandom(session, length)
		must(t, err)
		other, err := module.GenerateRandom(session, length)
		must(t, err)
		if len(one) != length || len(other) != length || (length > 8 && bytes.Equal(one, other)) {
			t.Fatalf("%d bytes: %d and %d came, equal or too few", length, len(one), len(other))
		}
	}
}

func TestSessionObjectsEndWithTheirSession(t *testing.T) {
	session := open(t)
	other, err := module.OpenSession(slot, p11.CKF_SERIAL_SESSION|p11.CKF_RW_SESSION)
	must(t, err)
	_, err = module.CreateObject(other, attributes(p11.CKA_CLASS, p11.CKO_DATA, p11.CKA_LABEL, "ends"))
	must(t, err)
	if found := find(t, session, attributes(p11.CKA_LABEL, "ends"), 9); len(found) != 1 {
		t.Fatalf("%d are seen by another session", len(found))
	}
	must(t, module.CloseSession(other))
	if found := find(t, session, attributes(p11.CKA_LABEL, "ends"), 9); len(found) != 0 {
		t.Fatalf("%d are left", len(found))
	}
}
