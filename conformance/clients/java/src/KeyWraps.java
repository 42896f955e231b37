import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.interfaces.ECPrivateKey;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Cipher AES/KW and AES/KWP, which wrap keys, and the ciphers with keys of passwords. */
final class KeyWraps {
    private final Pkcs11 pkcs11;

    KeyWraps(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("Cipher", name -> name.contains("/KW"))) {
            Checks.check("Cipher " + algorithm + ": wraps and unwraps", () -> wrap(algorithm));
            Checks.check("Cipher " + algorithm + ": encrypts and decrypts", () -> encrypt(algorithm));
        }
        for (String algorithm : pkcs11.offered("Cipher", name -> name.startsWith("PBE"))) {
            Checks.check("Cipher " + algorithm, () -> ofPassword(algorithm));
        }
    }

    private static int[] sizes(String algorithm) {
        return algorithm.startsWith("AES_") ? new int[] {Integer.parseInt(algorithm.substring(4, 7)) / 8}
                : new int[] {16, 24, 32};
    }

    private Cipher cipher(Provider provider, String algorithm, int mode, Key key) throws Exception {
        Cipher cipher = Cipher.getInstance(algorithm, provider);
        cipher.init(mode, key);
        return cipher;
    }

    private void wrap(String algorithm) throws Exception {
        Provider token = pkcs11.provider();
        Provider software = pkcs11.software("Cipher", algorithm);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", pkcs11.software("KeyPairGenerator", "EC"));
        generator.initialize(256);
        Key pair = generator.generateKeyPair().getPrivate();
        for (int size : sizes(algorithm)) {
            Key key = new SecretKeySpec(Bytes.data(size), "AES");
            SecretKey ours = new SecretKeySpec(Bytes.data(32), "AES");
            byte[] wanted = cipher(software, algorithm, Cipher.WRAP_MODE, key).wrap(ours);
            Checks.equal(cipher(token, algorithm, Cipher.WRAP_MODE, key).wrap(ours), wanted, "the wrapped key");
            Key back = cipher(token, algorithm, Cipher.UNWRAP_MODE, key).unwrap(wanted, "AES", Cipher.SECRET_KEY);
            same(back, ours);
            SecretKey theirs = KeyGenerator.getInstance("AES", token).generateKey();
            if (theirs.getEncoded() != null) {
                byte[] wrapped = cipher(token, algorithm, Cipher.WRAP_MODE, key).wrap(theirs);
                Key opened = cipher(software, algorithm, Cipher.UNWRAP_MODE, key)
                        .unwrap(wrapped, "AES", Cipher.SECRET_KEY);
                same(theirs, opened);
            }
            if (!algorithm.endsWith("KW/NoPadding")) { // a private key's length is no multiple of 8
                byte[] whole = cipher(token, algorithm, Cipher.WRAP_MODE, key).wrap(pair);
                var seen = (ECPrivateKey) cipher(software, algorithm, Cipher.UNWRAP_MODE, key)
                        .unwrap(whole, "EC", Cipher.PRIVATE_KEY);
                Checks.equal(seen.getS(), ((ECPrivateKey) pair).getS(), "the private key");
                Key inside = cipher(token, algorithm, Cipher.UNWRAP_MODE, key).unwrap(whole, "EC", Cipher.PRIVATE_KEY);
                Checks.expect(inside != null, "no private key is unwrapped");
            }
            Checks.refused(java.security.InvalidKeyException.class, "a changed key", () ->
                    cipher(token, algorithm, Cipher.UNWRAP_MODE, key)
                            .unwrap(Bytes.changed(wanted), "AES", Cipher.SECRET_KEY));
        }
    }

    /** Both encrypt alike. */
    private void same(Key one, Key other) throws Exception {
        byte[][] made = new byte[2][];
        for (int side = 0; side < 2; side++) {
            Key key = side == 0 ? one : other;
            Provider provider = Pkcs11.ofToken(key) ? pkcs11.provider() : pkcs11.software("Cipher", "AES/ECB/NoPadding");
            made[side] = cipher(provider, "AES/ECB/NoPadding", Cipher.ENCRYPT_MODE, key).doFinal(Bytes.data(32));
        }
        Checks.equal(made[0], made[1], "what the key makes");
    }

    private void encrypt(String algorithm) throws Exception {
        for (int size : sizes(algorithm)) {
            Key key = new SecretKeySpec(Bytes.data(size), "AES");
            for (int length : algorithm.endsWith("KW/NoPadding") ? new int[] {16, 24, 4096} : new int[] {8, 17, 4097}) {
                byte[] data = Bytes.data(length);
                byte[] wanted = cipher(pkcs11.software("Cipher", algorithm), algorithm, Cipher.ENCRYPT_MODE, key)
                        .doFinal(data);
                Cipher token = cipher(pkcs11.provider(), algorithm, Cipher.ENCRYPT_MODE, key);
                Bytes.inPieces(data, 7, token::update);
                Checks.equal(token.doFinal(), wanted, "encrypted " + length + " bytes");
                Cipher opening = cipher(pkcs11.provider(), algorithm, Cipher.DECRYPT_MODE, key);
                Checks.equal(opening.doFinal(wanted), data, "decrypted " + length + " bytes");
            }
        }
    }

    private void ofPassword(String algorithm) throws Exception {
        PBEKeySpec password = new PBEKeySpec("a password".toCharArray());
        SecretKey key = SecretKeyFactory.getInstance("PBE", "SunJCE").generateSecret(password);
        var parameters = new PBEParameterSpec(Bytes.data(20), 1000, new IvParameterSpec(Bytes.data(16)));
        Cipher software = Cipher.getInstance(algorithm, pkcs11.software("Cipher", algorithm));
        Cipher token = Cipher.getInstance(algorithm, pkcs11.provider());
        for (int length : Bytes.LENGTHS) {
            byte[] data = Bytes.data(length);
            software.init(Cipher.ENCRYPT_MODE, key, parameters);
            token.init(Cipher.ENCRYPT_MODE, key, parameters);
            byte[] wanted = software.doFinal(data);
            Checks.equal(token.doFinal(data), wanted, "encrypted " + length + " bytes");
            token.init(Cipher.DECRYPT_MODE, key, parameters);
            Checks.equal(token.doFinal(wanted), data, "decrypted " + length + " bytes");
        }
    }
}
