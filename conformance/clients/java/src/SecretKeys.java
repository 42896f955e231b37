import java.security.AlgorithmParameters;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.KeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.DESKeySpec;
import javax.crypto.spec.DESedeKeySpec;
import javax.crypto.spec.DHParameterSpec;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** KeyGenerator and SecretKeyFactory for secret keys, and AlgorithmParameters. */
final class SecretKeys {
    private final Pkcs11 pkcs11;

    SecretKeys(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("KeyGenerator", name -> !name.startsWith("SunTls"))) {
            for (int bits : sizes(algorithm)) {
                Checks.check("KeyGenerator " + algorithm + " of " + bits + " bits", () -> generated(algorithm, bits));
            }
            Checks.check("KeyGenerator " + algorithm + " of its own length", () -> generated(algorithm, 0));
        }
        for (String algorithm : pkcs11.offered("SecretKeyFactory")) {
            if (algorithm.startsWith("PBKDF2")) {
                Checks.check("SecretKeyFactory " + algorithm, () -> ofPassword(algorithm));
            } else {
                Checks.check("SecretKeyFactory " + algorithm, () -> made(algorithm));
            }
        }
        for (String algorithm : pkcs11.offered("AlgorithmParameters")) {
            Checks.check("AlgorithmParameters " + algorithm, () -> parameters(algorithm));
        }
    }

    private static int[] sizes(String algorithm) {
        return switch (algorithm) {
            case "AES" -> new int[] {128, 192, 256};
            case "DES" -> new int[] {56};
            case "DESede" -> new int[] {112, 168};
            case "ChaCha20" -> new int[] {256};
            default -> algorithm.startsWith("Hmac") ? new int[] {128, 256, 1024} : new int[] {};
        };
    }

    private void generated(String algorithm, int bits) throws Exception {
        KeyGenerator generator = KeyGenerator.getInstance(algorithm, pkcs11.provider());
        if (bits != 0) {
            generator.init(bits);
        }
        SecretKey key = generator.generateKey();
        SecretKey other = generator.generateKey();
        byte[] made = used(algorithm, key, pkcs11.provider());
        Checks.expect(!Arrays.equals(made, used(algorithm, other, pkcs11.provider())), "two keys are the same");
        byte[] value = key.getEncoded();
        if (value != null) {
            if (bits != 0) {
                int parity = algorithm.startsWith("DES") ? 7 : 8;
                int wanted = algorithm.equals("DESede") && bits == 112 ? 16 : bits / parity;
                Checks.expect(value.length == wanted || value.length == 24, "the key has " + value.length + " bytes");
            }
            SecretKey seen = Pkcs11.inSoftware(key);
            Checks.equal(made, used(algorithm, seen, software(algorithm)), "what the key makes");
        }
    }

    private java.security.Provider software(String algorithm) throws Exception {
        return algorithm.startsWith("Hmac") ? pkcs11.software("Mac", algorithm)
                : pkcs11.software("KeyGenerator", algorithm);
    }

    /** What the key makes of the same data. */
    private static byte[] used(String algorithm, SecretKey key, java.security.Provider provider) throws Exception {
        if (algorithm.startsWith("Hmac") || algorithm.equals("Generic")) {
            Mac mac = Mac.getInstance(algorithm.equals("Generic") ? "HmacSHA256" : algorithm, provider);
            mac.init(key);
            return mac.doFinal(Bytes.data(40));
        }
        boolean stream = algorithm.equals("ChaCha20");
        Cipher cipher = Cipher.getInstance(stream ? "ChaCha20-Poly1305" : algorithm + "/ECB/NoPadding", provider);
        cipher.init(Cipher.ENCRYPT_MODE, key, stream ? new IvParameterSpec(Bytes.data(12)) : null);
        return cipher.doFinal(Bytes.data(48));
    }

    private void made(String algorithm) throws Exception {
        SecretKeyFactory factory = SecretKeyFactory.getInstance(algorithm, pkcs11.provider());
        int length = switch (algorithm) {
            case "DES" -> 8;
            case "DESede" -> 24;
            default -> 32;
        };
        SecretKeySpec spec = new SecretKeySpec(oddParity(algorithm, Bytes.data(length)), algorithm);
        KeySpec[] specs = switch (algorithm) {
            case "DES" -> new KeySpec[] {spec, new DESKeySpec(spec.getEncoded())};
            case "DESede" -> new KeySpec[] {spec, new DESedeKeySpec(spec.getEncoded())};
            default -> new KeySpec[] {spec};
        };
        byte[] wanted = used(algorithm, spec, algorithm.equals("Generic") ? pkcs11.software("Mac", "HmacSHA256")
                : software(algorithm));
        for (KeySpec each : specs) {
            SecretKey key = factory.generateSecret(each);
            Checks.expect(Pkcs11.ofToken(key), "the key is " + key.getClass());
            Checks.equal(used(algorithm, key, pkcs11.provider()), wanted, "what the key makes");
            if (key.getEncoded() != null) {
                KeySpec back = factory.getKeySpec(key, each.getClass());
                Checks.equal(used(algorithm, factory.generateSecret(back), pkcs11.provider()), wanted, "and back");
            }
        }
        SecretKey translated = factory.translateKey(spec);
        Checks.expect(Pkcs11.ofToken(translated), "the key is " + translated.getClass());
        Checks.equal(used(algorithm, translated, pkcs11.provider()), wanted, "what the translated key makes");
    }

    private static byte[] oddParity(String algorithm, byte[] value) {
        if (algorithm.startsWith("DES")) {
            for (int at = 0; at < value.length; at++) {
                value[at] = (byte) (value[at] & 0xfe | Integer.bitCount(value[at] & 0xfe) & 1 ^ 1);
            }
        }
        return value;
    }

    private void ofPassword(String algorithm) throws Exception {
        for (int bits : new int[] {128, 256, 2048}) {
            for (String password : new String[] {"a password", "päßwörd", "x"}) {
                PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), Bytes.data(16), 1000, bits);
                SecretKey key = SecretKeyFactory.getInstance(algorithm, pkcs11.provider()).generateSecret(spec);
                SecretKey software = SecretKeyFactory.getInstance(algorithm,
                        pkcs11.software("SecretKeyFactory", algorithm)).generateSecret(spec);
                String mac = "Hmac" + algorithm.substring("PBKDF2WithHmac".length());
                byte[] wanted = used(mac, software, pkcs11.software("Mac", mac));
                Checks.equal(used(mac, key, pkcs11.provider()), wanted, bits + " bits of " + password);
                if (key.getEncoded() != null) {
                    Checks.equal(key.getEncoded(), software.getEncoded(), bits + " bits of " + password);
                }
            }
        }
    }

    private void parameters(String algorithm) throws Exception {
        AlgorithmParameterSpec spec = switch (algorithm) {
            case "EC" -> new ECGenParameterSpec("secp384r1");
            case "GCM" -> new GCMParameterSpec(120, Bytes.data(12));
            case "ChaCha20-Poly1305" -> new IvParameterSpec(Bytes.data(12));
            case "RSASSA-PSS" -> new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 48, 1);
            case "DiffieHellman" -> new DHParameterSpec(new java.math.BigInteger("23"), java.math.BigInteger.TWO);
            default -> throw new Checks.Failed("nothing here tries it");
        };
        AlgorithmParameters token = AlgorithmParameters.getInstance(algorithm, pkcs11.provider());
        var software = AlgorithmParameters.getInstance(algorithm, pkcs11.software("AlgorithmParameters", algorithm));
        token.init(spec);
        software.init(spec);
        Checks.equal(token.getEncoded(), software.getEncoded(), "the encoding");
        AlgorithmParameters back = AlgorithmParameters.getInstance(algorithm, pkcs11.provider());
        back.init(software.getEncoded());
        Checks.equal(back.getEncoded(), software.getEncoded(), "the encoding of what is decoded");
        Class<? extends AlgorithmParameterSpec> kind = algorithm.equals("EC") ? ECParameterSpec.class : spec.getClass();
        Checks.expect(kind.isInstance(back.getParameterSpec(kind)), "the parameters are of another kind");
    }
}
