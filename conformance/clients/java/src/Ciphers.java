import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.ProviderException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Cipher with secret keys of either side: block ciphers in their modes, and authenticated encryption. */
final class Ciphers {
    private final Pkcs11 pkcs11;

    Ciphers(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    /** A cipher, its key, and the data that it takes. */
    private record Work(String algorithm, Key inToken, Key inSoftware, AlgorithmParameterSpec parameters) {
        boolean authenticated() {
            return algorithm.contains("GCM") || algorithm.contains("Poly1305");
        }

        boolean wholeBlocks() {
            return algorithm.matches(".*/(CBC|ECB)/NoPadding");
        }

        int block() {
            return algorithm.startsWith("DES") ? 8 : 16;
        }
    }

    void all() {
        for (String algorithm : pkcs11.offered("Cipher")) {
            if (algorithm.startsWith("RSA") || algorithm.startsWith("PBE") || algorithm.contains("/KW")) {
                continue; // see RsaCiphers, PasswordCiphers and KeyWraps
            }
            for (int bits : sizes(algorithm)) {
                String name = "Cipher " + algorithm + (algorithm.matches("AES/.*") ? ", " + bits + " bits" : "");
                Checks.check(name, () -> imported(algorithm, bits));
                Checks.check(name + " with a key of the token's", () -> ofToken(algorithm, bits));
            }
            Checks.check("Cipher " + algorithm + ": what is wrong is refused", () -> refusals(algorithm));
        }
    }

    private static int[] sizes(String algorithm) {
        if (algorithm.matches("AES_\\d+/.*")) {
            return new int[] {Integer.parseInt(algorithm.substring(4, 7))};
        }
        return switch (keyAlgorithm(algorithm)) {
            case "AES" -> new int[] {128, 192, 256};
            case "DES" -> new int[] {56};
            case "DESede" -> new int[] {168};
            default -> new int[] {256};
        };
    }

    private static String keyAlgorithm(String algorithm) {
        return algorithm.startsWith("ChaCha20") ? "ChaCha20" : algorithm.split("[_/]")[0];
    }

    private static Key softwareKey(String algorithm, int bits) {
        int length = switch (bits) {
            case 56 -> 8;
            case 168 -> 24;
            default -> bits / 8;
        };
        return new SecretKeySpec(Bytes.data(length), keyAlgorithm(algorithm));
    }

    /** Parameters of every kind that the cipher takes. */
    private static AlgorithmParameterSpec[] parameters(String algorithm) {
        if (algorithm.contains("/ECB/")) {
            return new AlgorithmParameterSpec[] {null};
        }
        if (algorithm.contains("GCM")) {
            return new AlgorithmParameterSpec[] {new GCMParameterSpec(128, Bytes.data(12)),
                new GCMParameterSpec(96, Bytes.data(12)), new GCMParameterSpec(128, Bytes.data(60)),
                new GCMParameterSpec(104, Bytes.data(16))};
        }
        if (algorithm.startsWith("ChaCha20")) {
            return new AlgorithmParameterSpec[] {new IvParameterSpec(Bytes.data(12))};
        }
        byte[] last = new byte[algorithm.startsWith("DES") ? 8 : 16];
        Arrays.fill(last, 1, last.length, (byte) 0xff); // the counter of CTR carries far
        return new AlgorithmParameterSpec[] {new IvParameterSpec(Bytes.data(last.length)), new IvParameterSpec(last)};
    }

    private void imported(String algorithm, int bits) throws Exception {
        Key key = softwareKey(algorithm, bits);
        for (AlgorithmParameterSpec parameters : parameters(algorithm)) {
            compare(new Work(algorithm, key, key, parameters));
        }
    }

    private void ofToken(String algorithm, int bits) throws Exception {
        KeyGenerator generator = KeyGenerator.getInstance(keyAlgorithm(algorithm), pkcs11.provider());
        generator.init(bits);
        SecretKey key = generator.generateKey();
        Checks.expect(Pkcs11.ofToken(key), "the key is " + key.getClass());
        AlgorithmParameterSpec parameters = parameters(algorithm)[0];
        Work work = new Work(algorithm, key, Pkcs11.inSoftware(key), parameters);
        byte[] data = Bytes.data(160);
        byte[] encrypted = cipher(work, Cipher.ENCRYPT_MODE, true).doFinal(data);
        Checks.expect(!Arrays.equals(encrypted, data), "encrypted data are as they were");
        Checks.equal(cipher(work, Cipher.DECRYPT_MODE, true).doFinal(encrypted), data, "what is decrypted");
        if (work.inSoftware() != null) {
            compare(work);
        }
    }

    private Cipher cipher(Work work, int mode, boolean inToken) throws Exception {
        String algorithm = work.algorithm();
        Cipher cipher = Cipher.getInstance(algorithm, inToken ? pkcs11.provider() : pkcs11.software("Cipher", algorithm));
        cipher.init(mode, inToken ? work.inToken() : work.inSoftware(), work.parameters());
        if (work.authenticated()) {
            cipher.updateAAD(Bytes.data(13));
            cipher.updateAAD(Bytes.data(21));
        }
        return cipher;
    }

    private void compare(Work work) throws Exception {
        for (int length : Bytes.LENGTHS) {
            int taken = work.wholeBlocks() ? length / work.block() * work.block() : length;
            byte[] data = Bytes.data(taken);
            byte[] encrypted = cipher(work, Cipher.ENCRYPT_MODE, false).doFinal(data);
            inAllWays(work, Cipher.ENCRYPT_MODE, data, encrypted, "encrypting " + taken);
            inAllWays(work, Cipher.DECRYPT_MODE, encrypted, data, "decrypting " + taken);
        }
    }

    private void inAllWays(Work work, int mode, byte[] input, byte[] wanted, String what) throws Exception {
        Cipher cipher = cipher(work, mode, true);
        Checks.equal(cipher.doFinal(input), wanted, what + " at once");
        for (int piece : Bytes.PIECES) {
            Cipher pieces = cipher(work, mode, true);
            byte[][] output = {new byte[0]};
            Bytes.inPieces(input, piece, (data, from, length) ->
                    output[0] = Bytes.joined(output[0], pieces.update(data, from, length)));
            // Without any input the JDK crashes in doFinal(): libj2pkcs11 reads an array that is null.
            byte[] last = input.length == 0 && work.authenticated() ? pieces.doFinal(input) : pieces.doFinal();
            Checks.equal(Bytes.joined(output[0], last), wanted, what + " by " + piece);
        }
        var direct = java.nio.ByteBuffer.allocateDirect(wanted.length + 64);
        cipher(work, mode, true).doFinal(Bytes.direct(input), direct);
        byte[] written = new byte[direct.flip().remaining()];
        direct.get(written);
        Checks.equal(written, wanted, what + " outside of the heap");
        byte[] place = Arrays.copyOf(input, Math.max(input.length, wanted.length) + 64);
        int count = cipher(work, mode, true).doFinal(place, 0, input.length, place, 0);
        Checks.equal(Arrays.copyOf(place, count), wanted, what + " in place");
        if (wanted.length > 0) {
            Cipher small = cipher(work, mode, true);
            // A block less: the provider knows by itself how much comes out, or asks for as much as may come.
            Checks.refused(ShortBufferException.class, "a short buffer", () ->
                    small.doFinal(input, 0, input.length, new byte[Math.max(0, wanted.length - 17)]));
            if (!work.algorithm().endsWith("PKCS5Padding")) { // there the JDK has taken the input all the same
                Checks.equal(small.doFinal(input), wanted, what + " after a short buffer");
            }
        }
    }

    private void refusals(String algorithm) throws Exception {
        Key key = softwareKey(algorithm, sizes(algorithm)[0]);
        Work work = new Work(algorithm, key, key, parameters(algorithm)[0]);
        byte[] encrypted = cipher(work, Cipher.ENCRYPT_MODE, true).doFinal(Bytes.data(64));
        Cipher token = cipher(work, Cipher.DECRYPT_MODE, true);
        if (work.authenticated()) {
            Checks.refused(AEADBadTagException.class, "a changed text", () -> token.doFinal(Bytes.changed(encrypted)));
            Checks.refused(GeneralSecurityException.class, "a short text", () ->
                    cipher(work, Cipher.DECRYPT_MODE, true).doFinal(new byte[3]));
        } else if (algorithm.endsWith("PKCS5Padding")) {
            byte[] unpadded = Arrays.copyOf(encrypted, 64);
            // The JDK knows no CKR_ENCRYPTED_DATA_INVALID here and wraps it as it does what it does not know.
            Checks.refused("a wrong padding", error -> error instanceof BadPaddingException
                    || error instanceof ProviderException, () -> token.doFinal(unpadded));
        }
        if (algorithm.contains("/CBC/") || algorithm.contains("/ECB/")) {
            Checks.refused(IllegalBlockSizeException.class, "half a block", () ->
                    cipher(work, Cipher.DECRYPT_MODE, true).doFinal(new byte[20]));
        }
        Cipher again = cipher(work, Cipher.DECRYPT_MODE, true);
        Checks.equal(again.doFinal(encrypted), Bytes.data(64), "what is decrypted after a refusal");
    }
}
