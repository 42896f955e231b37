package miekg

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	p11 "github.com/miekg/pkcs11"
)

const workers = 64

// together runs the work in goroutines with a session each.
func together(t *testing.T, work func(number int, session p11.SessionHandle) error) {
	t.Helper()
	keeper := open(t)
	if _, err := module.GetSessionInfo(keeper); err != nil {
		t.Fatal(err)
	}
	answers := make([]error, workers)
	var all sync.WaitGroup
	for number := 0; number < workers; number++ {
		number := number
		all.Add(1)
		go func() {
			defer all.Done()
			session, err := module.OpenSession(slot, p11.CKF_SERIAL_SESSION|p11.CKF_RW_SESSION)
			if err == nil {
				err = work(number, session)
				if closed := module.CloseSession(session); err == nil {
					err = closed
				}
			}
			answers[number] = err
		}()
	}
	all.Wait()
	for number, err := range answers {
		if err != nil {
			t.Errorf("goroutine %d: %v", number, err)
		}
	}
}

func TestConcurrentSignatures(t *testing.T) {
	public, _, closed := rsaPair(t, open(t))
	together(t, func(number int, session p11.SessionHandle) error {
		for i := 0; i < 16; i++ {
			data := []byte(fmt.Sprint("message ", number, i))
			if err := module.SignInit(session, mechanism(p11.CKM_SHA256_RSA_PKCS, nil), closed); err != nil {
				return err
			}
			signature, err := module.Sign(session, data)
			if err != nil {
				return err
			}
			digest := sha256.Sum256(data)
			if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestConcurrentEncryption(t *testing.T) {
	value := bytes.Repeat([]byte{9}, 32)
	key := secret(t, open(t), p11.CKK_AES, value)
	block, err := aes.NewCipher(value)
	must(t, err)
	together(t, func(number int, session p11.SessionHandle) error {
		iv := bytes.Repeat([]byte{byte(number)}, 16)
		wanted := make([]byte, 1600)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(wanted, message[:1600])
		for i := 0; i < 50; i++ {
			if err := module.EncryptInit(session, mechanism(p11.CKM_AES_CBC, iv), key); err != nil {
				return err
			}
			got, err := module.Encrypt(session, message[:1600])
			if err != nil {
				return err
			}
			if !bytes.Equal(got, wanted) {
				return fmt.Errorf("round %d gives another ciphertext", i)
			}
		}
		return nil
	})
}

func TestConcurrentObjects(t *testing.T) {
	together(t, func(number int, session p11.SessionHandle) error {
		label := fmt.Sprint("object of goroutine ", number)
		for i := 0; i < 4; i++ {
			object, err := module.CreateObject(session, attributes(p11.CKA_CLASS, p11.CKO_DATA, p11.CKA_TOKEN, true, p11.CKA_LABEL, label))
			if err != nil {
				return err
			}
			if err := module.FindObjectsInit(session, attributes(p11.CKA_LABEL, label)); err != nil {
				return err
			}
			found, _, err := module.FindObjects(session, 9)
			if err != nil {
				return err
			}
			if err := module.FindObjectsFinal(session); err != nil {
				return err
			}
			if len(found) != 1 || found[0] != object {
				return fmt.Errorf("%v are found, not %v", found, object)
			}
			if err := module.DestroyObject(session, object); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestConcurrentSessions(t *testing.T) {
	keeper := open(t)
	together(t, func(number int, session p11.SessionHandle) error {
		for i := 0; i < 100; i++ {
			other, err := module.OpenSession(slot, p11.CKF_SERIAL_SESSION)
			if err != nil {
				return err
			}
			info, err := module.GetSessionInfo(other)
			if err != nil {
				return err
			}
			if info.State != roUser {
				return fmt.Errorf("a session is in state %d", info.State)
			}
			if _, err := module.GenerateRandom(other, 32); err != nil {
				return err
			}
			if err := module.CloseSession(other); err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := module.GetSessionInfo(keeper); err != nil {
		t.Fatal(err)
	}
}
