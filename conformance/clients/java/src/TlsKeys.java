import java.security.Provider;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import sun.security.internal.spec.TlsKeyMaterialParameterSpec;
import sun.security.internal.spec.TlsKeyMaterialSpec;
import sun.security.internal.spec.TlsMasterSecretParameterSpec;
import sun.security.internal.spec.TlsPrfParameterSpec;
import sun.security.internal.spec.TlsRsaPremasterSecretParameterSpec;

/** The KeyGenerators with which JSSE makes the keys of TLS 1.0 to 1.2. */
@SuppressWarnings("deprecation")
final class TlsKeys {
    /** A version by its number, with the hash of its pseudo-random function. */
    private record Version(String name, int minor, String hash, int hashLength, int block) {}

    private static final List<Version> EARLY = List.of(
            new Version("TLS 1.0", 1, "SHA-1", 20, 64), new Version("TLS 1.1", 2, "SHA-1", 20, 64));
    private static final List<Version> TLS12 = List.of(
            new Version("TLS 1.2, SHA-256", 3, "SHA-256", 32, 64), new Version("TLS 1.2, SHA-384", 3, "SHA-384", 48, 128));

    private final Pkcs11 pkcs11;
    private final byte[] client = Bytes.data(32);
    private final byte[] server = Arrays.copyOfRange(Bytes.data(64), 32, 64);

    TlsKeys(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        Map<String, Checks.Check> known = new HashMap<>();
        for (String twelve : new String[] {"", "12"}) {
            List<Version> versions = twelve.isEmpty() ? EARLY : TLS12;
            known.put("SunTls" + twelve + "Prf", () -> prf("SunTls" + twelve + "Prf", versions));
            known.put("SunTls" + twelve + "MasterSecret", () -> master("SunTls" + twelve + "MasterSecret", versions));
            known.put("SunTls" + twelve + "KeyMaterial", () -> material("SunTls" + twelve + "KeyMaterial", versions));
        }
        // For TLS 1.2 as well.
        known.put("SunTlsRsaPremasterSecret", this::premaster);
        for (String algorithm : pkcs11.offered("KeyGenerator", name -> name.startsWith("SunTls"))) {
            Checks.check("KeyGenerator " + algorithm, known.getOrDefault(algorithm, () -> {
                throw new Checks.Failed("nothing here tries it");
            }));
        }
    }

    private SecretKey made(String algorithm, Provider provider, AlgorithmParameterSpec parameters) throws Exception {
        KeyGenerator generator = KeyGenerator.getInstance(algorithm, provider);
        generator.init(parameters);
        return generator.generateKey();
    }

    private Provider software(String algorithm) throws Exception {
        return pkcs11.software("KeyGenerator", algorithm);
    }

    private void prf(String algorithm, List<Version> versions) throws Exception {
        boolean twelve = algorithm.contains("12");
        String[] labels = twelve ? new String[] {"client finished", "server finished"}
                : new String[] {"client finished", "server finished", "master secret", "key expansion", "a label"};
        for (Version version : versions) {
            for (String label : labels) {
                SecretKey secret = new SecretKeySpec(Bytes.data(48), "TlsMasterSecret");
                var spec = new TlsPrfParameterSpec(secret, label, Bytes.data(twelve ? version.hashLength() : 36), 12,
                        version.hash(), version.hashLength(), version.block());
                Checks.equal(made(algorithm, pkcs11.provider(), spec).getEncoded(),
                        made(algorithm, software(algorithm), spec).getEncoded(), version.name() + ", " + label);
            }
        }
    }

    private AlgorithmParameterSpec masterSpec(SecretKey premaster, Version version) {
        return new TlsMasterSecretParameterSpec(premaster, 3, version.minor(), client, server, version.hash(),
                version.hashLength(), version.block());
    }

    private void master(String algorithm, List<Version> versions) throws Exception {
        for (Version version : versions) {
            for (String kind : new String[] {"TlsRsaPremasterSecret", "TlsPremasterSecret"}) {
                int[] lengths = kind.contains("Rsa") ? new int[] {48} : new int[] {32, 48, 66, 256};
                for (int length : lengths) {
                    byte[] value = Bytes.data(length);
                    value[0] = 3;
                    value[1] = (byte) version.minor();
                    var spec = masterSpec(new SecretKeySpec(value, kind), version);
                    SecretKey token = made(algorithm, pkcs11.provider(), spec);
                    SecretKey software = made(algorithm, software(algorithm), spec);
                    same(version, token, software, version.name() + ", " + kind + " of " + length);
                    if (kind.contains("Rsa")) {
                        var secret = (sun.security.internal.interfaces.TlsMasterSecret) token;
                        Checks.equal(secret.getMajorVersion(), 3, "the major version");
                        Checks.equal(secret.getMinorVersion(), version.minor(), "the minor version");
                    }
                }
            }
        }
    }

    /** The master secrets make the same keys. */
    private void same(Version version, SecretKey token, SecretKey software, String what) throws Exception {
        if (token.getEncoded() != null) {
            Checks.equal(token.getEncoded(), software.getEncoded(), what);
        }
        String algorithm = version.minor() == 3 ? "SunTls12Prf" : "SunTlsPrf";
        byte[][] made = new byte[2][];
        for (int side = 0; side < 2; side++) {
            var spec = new TlsPrfParameterSpec(side == 0 ? token : software, "client finished", Bytes.data(36), 12,
                    version.hash(), version.hashLength(), version.block());
            Provider provider = side == 0 ? pkcs11.provider() : software(algorithm);
            made[side] = made(algorithm, provider, spec).getEncoded();
        }
        Checks.equal(made[0], made[1], what);
    }

    private void material(String algorithm, List<Version> versions) throws Exception {
        for (Version version : versions) {
            SecretKey master = made(algorithm.replace("KeyMaterial", "MasterSecret"), software(algorithm),
                    masterSpec(new SecretKeySpec(Bytes.data(48), "TlsPremasterSecret"), version));
            for (int keyLength : new int[] {16, 32}) {
                for (int mac : new int[] {0, 20, 32}) {
                    for (int iv : version.minor() == 1 ? new int[] {16} : new int[] {0, 4, 16}) {
                        var spec = new TlsKeyMaterialParameterSpec(master, 3, version.minor(), client, server, "AES",
                                keyLength, 0, iv, mac, version.hash(), version.hashLength(), version.block());
                        compare((TlsKeyMaterialSpec) made(algorithm, pkcs11.provider(), spec),
                                (TlsKeyMaterialSpec) made(algorithm, software(algorithm), spec),
                                version.name() + ", AES of " + keyLength + ", MAC of " + mac + ", IV of " + iv);
                    }
                }
            }
        }
    }

    private void compare(TlsKeyMaterialSpec token, TlsKeyMaterialSpec software, String what) throws Exception {
        encrypts(token.getClientCipherKey(), software.getClientCipherKey(), what + ": the client's key");
        encrypts(token.getServerCipherKey(), software.getServerCipherKey(), what + ": the server's key");
        macs(token.getClientMacKey(), software.getClientMacKey(), what + ": the client's MAC key");
        macs(token.getServerMacKey(), software.getServerMacKey(), what + ": the server's MAC key");
        Checks.equal(bytes(token.getClientIv()), bytes(software.getClientIv()), what + ": the client's IV");
        Checks.equal(bytes(token.getServerIv()), bytes(software.getServerIv()), what + ": the server's IV");
    }

    private static byte[] bytes(IvParameterSpec iv) {
        return iv == null ? new byte[0] : iv.getIV();
    }

    private void encrypts(SecretKey token, SecretKey software, String what) throws Exception {
        byte[][] made = new byte[2][];
        for (int side = 0; side < 2; side++) {
            String algorithm = "AES/ECB/NoPadding";
            Provider provider = side == 0 ? pkcs11.provider() : pkcs11.software("Cipher", algorithm);
            Cipher cipher = Cipher.getInstance(algorithm, provider);
            cipher.init(Cipher.ENCRYPT_MODE, side == 0 ? token : software);
            made[side] = cipher.doFinal(Bytes.data(32));
        }
        Checks.equal(made[0], made[1], what);
    }

    private void macs(SecretKey token, SecretKey software, String what) throws Exception {
        if (software == null) {
            Checks.expect(token == null, what + " is there");
            return;
        }
        byte[][] made = new byte[2][];
        for (int side = 0; side < 2; side++) {
            Provider provider = side == 0 ? pkcs11.provider() : pkcs11.software("Mac", "HmacSHA1");
            Mac mac = Mac.getInstance("HmacSHA1", provider);
            mac.init(side == 0 ? token : software);
            made[side] = mac.doFinal(Bytes.data(32));
        }
        Checks.equal(made[0], made[1], what);
    }

    private void premaster() throws Exception {
        for (int minor : new int[] {1, 2, 3}) {
            var spec = new TlsRsaPremasterSecretParameterSpec(0x300 + minor, 0x300 + minor);
            SecretKey made = made("SunTlsRsaPremasterSecret", pkcs11.provider(), spec);
            if (made.getEncoded() != null) {
                Checks.equal(made.getEncoded().length, 48, "the length");
                Checks.equal(Arrays.copyOf(made.getEncoded(), 2), new byte[] {3, (byte) minor}, "the version");
            }
            // It makes a master secret, and leaves encrypted with the server's key.
            Version version = minor == 3 ? TLS12.get(0) : EARLY.get(minor - 1);
            String algorithm = minor == 3 ? "SunTls12MasterSecret" : "SunTlsMasterSecret";
            SecretKey master = made(algorithm, pkcs11.provider(), masterSpec(made, version));
            var generator = java.security.KeyPairGenerator.getInstance("RSA", pkcs11.software("KeyPairGenerator", "RSA"));
            generator.initialize(2048);
            var pair = generator.generateKeyPair();
            Cipher wrapping = Cipher.getInstance("RSA/ECB/PKCS1Padding", pkcs11.provider());
            wrapping.init(Cipher.WRAP_MODE, pair.getPublic());
            byte[] wrapped = wrapping.wrap(made);
            Cipher opening = Cipher.getInstance("RSA/ECB/PKCS1Padding", pkcs11.software("Cipher", "RSA/ECB/PKCS1Padding"));
            opening.init(Cipher.DECRYPT_MODE, pair.getPrivate());
            byte[] value = opening.doFinal(wrapped);
            Checks.equal(Arrays.copyOf(value, 2), new byte[] {3, (byte) minor}, "the version");
            SecretKey software = made(algorithm, software(algorithm),
                    masterSpec(new SecretKeySpec(value, "TlsRsaPremasterSecret"), version));
            same(version, master, software, "the master secret of it");
            // As a server does it: unwrapped into the token, with the version looked at.
            Cipher unwrapping = Cipher.getInstance("RSA/ECB/PKCS1Padding", pkcs11.provider());
            unwrapping.init(Cipher.UNWRAP_MODE, pair.getPrivate(), spec);
            var back = (SecretKey) unwrapping.unwrap(wrapped, "TlsRsaPremasterSecret", Cipher.SECRET_KEY);
            same(version, made(algorithm, pkcs11.provider(), masterSpec(back, version)), software, "unwrapped");
        }
    }
}
