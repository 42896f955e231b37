import java.security.Key;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Mac, with keys of either side. */
final class Macs {
    private final Pkcs11 pkcs11;

    Macs(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("Mac")) {
            if (algorithm.startsWith("HmacPBE")) {
                Checks.check("Mac " + algorithm, () -> passwordBased(algorithm));
                continue;
            }
            Checks.check("Mac " + algorithm, () -> {
                for (int length : new int[] {16, 20, 64, 131, 200}) {
                    compare(algorithm, new SecretKeySpec(Bytes.data(length), algorithm), null);
                }
            });
            Checks.check("Mac " + algorithm + " with a generic key", () ->
                    compare(algorithm, new SecretKeySpec(Bytes.data(32), "Generic"), null));
            Checks.check("Mac " + algorithm + " with a key of the token's", () -> ofToken(algorithm));
        }
    }

    private void compare(String algorithm, Key key, AlgorithmParameterSpec parameters) throws Exception {
        compare(algorithm, key, key, parameters);
    }

    private void compare(String algorithm, Key inToken, Key inSoftware, AlgorithmParameterSpec parameters)
            throws Exception {
        Mac software = Mac.getInstance(algorithm, pkcs11.software("Mac", algorithm));
        Mac token = Mac.getInstance(algorithm, pkcs11.provider());
        software.init(inSoftware, parameters);
        token.init(inToken, parameters);
        Checks.equal(token.getMacLength(), software.getMacLength(), "the length");
        for (int length : Bytes.LENGTHS) {
            byte[] data = Bytes.data(length);
            byte[] wanted = software.doFinal(data);
            Checks.equal(token.doFinal(data), wanted, length + " bytes at once");
            for (int piece : Bytes.PIECES) {
                Bytes.inPieces(data, piece, token::update);
                Checks.equal(token.doFinal(), wanted, length + " bytes by " + piece);
            }
            token.update(Bytes.direct(data));
            Checks.equal(token.doFinal(), wanted, length + " bytes outside of the heap");
            token.update(data);
            token.reset();
            Checks.equal(token.doFinal(data), wanted, length + " bytes after a reset");
        }
    }

    private void ofToken(String algorithm) throws Exception {
        SecretKey key = KeyGenerator.getInstance(algorithm, pkcs11.provider()).generateKey();
        Checks.expect(Pkcs11.ofToken(key), "the key is " + key.getClass());
        Mac token = Mac.getInstance(algorithm, pkcs11.provider());
        token.init(key);
        byte[] first = token.doFinal(Bytes.data(100));
        Bytes.inPieces(Bytes.data(100), 7, token::update);
        Checks.equal(token.doFinal(), first, "the same again");
        SecretKey seen = Pkcs11.inSoftware(key);
        if (seen != null) {
            compare(algorithm, key, seen, null);
        }
    }

    private void passwordBased(String algorithm) throws Exception {
        PBEKeySpec password = new PBEKeySpec("a password".toCharArray());
        SecretKey key = SecretKeyFactory.getInstance("PBE", "SunJCE").generateSecret(password);
        compare(algorithm, key, new PBEParameterSpec(Bytes.data(20), 1000));
    }
}
