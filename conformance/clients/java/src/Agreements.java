import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import javax.crypto.interfaces.DHPublicKey;

/** KeyAgreement: both sides come to the same secret, with pairs of the token's and of software's. */
final class Agreements {
    private final Pkcs11 pkcs11;

    Agreements(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("KeyAgreement")) {
            switch (algorithm) {
                case "DH" -> {
                    for (int size : new int[] {1024, 2048, 3072}) {
                        Checks.check("KeyAgreement DH of " + size + " bits", () -> diffieHellman(size));
                    }
                }
                case "ECDH" -> {
                    for (String curve : new String[] {"secp256r1", "secp384r1", "secp521r1"}) {
                        Checks.check("KeyAgreement ECDH " + curve, () -> ecdh(curve));
                    }
                }
                default -> Checks.check("KeyAgreement " + algorithm, () -> {
                    throw new Checks.Failed("nothing here tries it");
                });
            }
        }
    }

    private KeyPair pair(String algorithm, Provider provider, AlgorithmParameterSpec parameters) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, provider);
        generator.initialize(parameters);
        return generator.generateKeyPair();
    }

    private void diffieHellman(int size) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("DH", pkcs11.provider());
        generator.initialize(size);
        KeyPair token = generator.generateKeyPair();
        AlgorithmParameterSpec parameters = ((DHPublicKey) token.getPublic()).getParams();
        KeyPair software = pair("DH", pkcs11.software("KeyPairGenerator", "DH"), parameters);
        agree("DH", token, software);
        agree("DH", pair("DH", pkcs11.provider(), parameters), software);
        agree("DH", software, pair("DH", pkcs11.software("KeyPairGenerator", "DH"), parameters));
    }

    private void ecdh(String curve) throws Exception {
        var parameters = new ECGenParameterSpec(curve);
        KeyPair software = pair("EC", pkcs11.software("KeyPairGenerator", "EC"), parameters);
        agree("ECDH", pair("EC", pkcs11.provider(), parameters), software);
        agree("ECDH", software, pair("EC", pkcs11.software("KeyPairGenerator", "EC"), parameters));
    }

    /** The pair of `ours` works in the token, the one of `theirs` in software. */
    private void agree(String algorithm, KeyPair ours, KeyPair theirs) throws Exception {
        byte[] wanted = agreed(algorithm, pkcs11.software("KeyAgreement", algorithm), theirs.getPrivate(),
                pkcs11.inSoftware(ours.getPublic())).generateSecret();
        KeyAgreement token = agreed(algorithm, pkcs11.provider(), ours.getPrivate(), theirs.getPublic());
        Checks.equal(token.generateSecret(), wanted, "the secret");
        token.doPhase(theirs.getPublic(), true);
        byte[] place = new byte[wanted.length + 3];
        Checks.equal(token.generateSecret(place, 3), wanted.length, "the length of the secret");
        Checks.equal(java.util.Arrays.copyOfRange(place, 3, place.length), wanted, "the secret in an array");
        token.doPhase(theirs.getPublic(), true);
        Checks.refused(ShortBufferException.class, "a short array", () -> token.generateSecret(new byte[8], 0));
        asKeys(algorithm, wanted, () -> agreed(algorithm, pkcs11.provider(), ours.getPrivate(), theirs.getPublic()));
    }

    private interface Agreed {
        KeyAgreement get() throws Exception;
    }

    /** The secret as keys of the kinds that the provider makes of it. */
    private void asKeys(String algorithm, byte[] wanted, Agreed agreed) throws Exception {
        SecretKey premaster = agreed.get().generateSecret("TlsPremasterSecret");
        if (premaster.getEncoded() != null) {
            Checks.equal(premaster.getEncoded(), wanted, "the premaster secret");
        }
        if (algorithm.equals("DH")) {
            System.setProperty("jdk.crypto.KeyAgreement.legacyKDF", "true"); // without it the JDK makes no such key
            encrypts(agreed.get().generateSecret("DESede"), wanted);
        }
    }

    /** The key is the first bytes of the secret, as many as are a key. */
    private void encrypts(SecretKey key, byte[] wanted) throws Exception {
        var same = new javax.crypto.spec.SecretKeySpec(wanted, 0, 24, "DESede");
        String algorithm = "DESede/ECB/NoPadding";
        Cipher software = Cipher.getInstance(algorithm, pkcs11.software("Cipher", algorithm));
        software.init(Cipher.ENCRYPT_MODE, same);
        Cipher token = Cipher.getInstance(algorithm, pkcs11.provider());
        token.init(Cipher.ENCRYPT_MODE, key);
        Checks.equal(token.doFinal(Bytes.data(48)), software.doFinal(Bytes.data(48)), "what the key makes");
    }

    private static KeyAgreement agreed(String algorithm, Provider provider, PrivateKey ours, PublicKey theirs)
            throws Exception {
        KeyAgreement agreement = KeyAgreement.getInstance(algorithm, provider);
        agreement.init(ours);
        agreement.doPhase(theirs, true);
        return agreement;
    }
}
