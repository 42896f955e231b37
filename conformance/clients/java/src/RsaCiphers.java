import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** Cipher RSA: encrypts, signs and wraps with keys of either side. */
final class RsaCiphers {
    private final Pkcs11 pkcs11;

    RsaCiphers(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("Cipher", name -> name.startsWith("RSA"))) {
            for (boolean ofToken : new boolean[] {true, false}) {
                String name = "Cipher " + algorithm + " with a pair of " + (ofToken ? "the token's" : "the JDK's");
                Checks.check(name, () -> encrypt(algorithm, pair(ofToken)));
                Checks.check(name + ": secret keys are wrapped", () -> wrap(algorithm, pair(ofToken)));
            }
        }
    }

    private KeyPair pair(boolean ofToken) throws Exception {
        var provider = ofToken ? pkcs11.provider() : pkcs11.software("KeyPairGenerator", "RSA");
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", provider);
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    private Cipher token(String algorithm, int mode, java.security.Key key) throws Exception {
        Cipher cipher = Cipher.getInstance(algorithm, pkcs11.provider());
        cipher.init(mode, key);
        return cipher;
    }

    private Cipher software(String algorithm, int mode, java.security.Key key) throws Exception {
        Cipher cipher = Cipher.getInstance(algorithm, pkcs11.software("Cipher", algorithm));
        cipher.init(mode, key);
        return cipher;
    }

    private void encrypt(String algorithm, KeyPair pair) throws Exception {
        PublicKey open = pkcs11.inSoftware(pair.getPublic());
        PrivateKey seen = pkcs11.inSoftware(pair.getPrivate());
        boolean padded = algorithm.endsWith("PKCS1Padding");
        for (int length : padded ? new int[] {0, 1, 32, 245} : new int[] {256}) {
            byte[] data = Bytes.data(length);
            if (!padded) {
                data[0] = 0; // less than the modulus
            }
            byte[] sealed = software(algorithm, Cipher.ENCRYPT_MODE, open).doFinal(data);
            Checks.equal(token(algorithm, Cipher.DECRYPT_MODE, pair.getPrivate()).doFinal(sealed), data, "decrypted");
            byte[] byToken = token(algorithm, Cipher.ENCRYPT_MODE, pair.getPublic()).doFinal(data);
            Checks.equal(token(algorithm, Cipher.DECRYPT_MODE, pair.getPrivate()).doFinal(byToken), data, "both ways");
            if (seen != null) {
                Checks.equal(software(algorithm, Cipher.DECRYPT_MODE, seen).doFinal(byToken), data, "by software");
            }
            // With the private key: a signature of data as they are.
            byte[] signed = token(algorithm, Cipher.ENCRYPT_MODE, pair.getPrivate()).doFinal(data);
            Checks.equal(software(algorithm, Cipher.DECRYPT_MODE, open).doFinal(signed), data, "signed data");
            Checks.equal(token(algorithm, Cipher.DECRYPT_MODE, pair.getPublic()).doFinal(signed), data, "recovered");
        }
        if (padded) {
            byte[] wrong = software("RSA/ECB/NoPadding", Cipher.ENCRYPT_MODE, open).doFinal(new byte[] {1, 2, 3});
            try { // a module may as well answer with data that it makes up
                byte[] opened = token(algorithm, Cipher.DECRYPT_MODE, pair.getPrivate()).doFinal(wrong);
                Checks.expect(opened.length < 246, opened.length + " bytes come out of a wrong padding");
            } catch (BadPaddingException refused) {
                // that is as good
            }
        }
    }

    private void wrap(String algorithm, KeyPair pair) throws Exception {
        if (algorithm.endsWith("NoPadding")) {
            throw new Checks.Skipped("a key's value fills no block of RSA without a padding");
        }
        PublicKey open = pkcs11.inSoftware(pair.getPublic());
        SecretKey ours = new SecretKeySpec(Bytes.data(32), "AES");
        for (byte[] wrapped : new byte[][] {software(algorithm, Cipher.WRAP_MODE, open).wrap(ours),
                token(algorithm, Cipher.WRAP_MODE, pair.getPublic()).wrap(ours)}) {
            Cipher unwrapping = token(algorithm, Cipher.UNWRAP_MODE, pair.getPrivate());
            SecretKey unwrapped = (SecretKey) unwrapping.unwrap(wrapped, "AES", Cipher.SECRET_KEY);
            same(unwrapped, ours);
        }
        SecretKey theirs = KeyGenerator.getInstance("AES", pkcs11.provider()).generateKey();
        Cipher wrapping = token(algorithm, Cipher.WRAP_MODE, pair.getPublic());
        if (theirs.getEncoded() == null) { // it may not leave
            Checks.refused(InvalidKeyException.class, "a key that may not leave", () -> wrapping.wrap(theirs));
            return;
        }
        byte[] wrapped = wrapping.wrap(theirs);
        Cipher unwrapping = token(algorithm, Cipher.UNWRAP_MODE, pair.getPrivate());
        same((SecretKey) unwrapping.unwrap(wrapped, "AES", Cipher.SECRET_KEY), theirs);
        PrivateKey seen = pkcs11.inSoftware(pair.getPrivate());
        if (seen != null) {
            Cipher inSoftware = software(algorithm, Cipher.UNWRAP_MODE, seen);
            same(theirs, (SecretKey) inSoftware.unwrap(wrapped, "AES", Cipher.SECRET_KEY));
        }
    }

    /** Both encrypt alike. */
    private void same(SecretKey inToken, SecretKey other) throws Exception {
        byte[] block = Bytes.data(16);
        byte[] wanted = (Pkcs11.ofToken(other) ? token("AES/ECB/NoPadding", Cipher.ENCRYPT_MODE, other)
                : software("AES/ECB/NoPadding", Cipher.ENCRYPT_MODE, other)).doFinal(block);
        Checks.equal(token("AES/ECB/NoPadding", Cipher.ENCRYPT_MODE, inToken).doFinal(block), wanted, "the same key's");
    }
}
