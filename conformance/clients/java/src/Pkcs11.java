import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** SunPKCS11 on the module under test, and the JDK's own providers to compare it with. */
record Pkcs11(Provider provider, char[] pin) {
    static Pkcs11 configured(String configuration, String pin) {
        return new Pkcs11(Security.getProvider("SunPKCS11").configure(configuration), pin.toCharArray());
    }

    AuthProvider auth() {
        return (AuthProvider) provider;
    }

    KeyStore keyStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS11", provider);
        store.load(null, pin);
        return store;
    }

    /** The names of the provider's services of one type. */
    List<String> offered(String type) {
        return offered(type, algorithm -> true);
    }

    List<String> offered(String type, Predicate<String> which) {
        return provider.getServices().stream()
                .filter(service -> service.getType().equals(type))
                .map(Provider.Service::getAlgorithm)
                .filter(which)
                .sorted()
                .collect(Collectors.toList());
    }

    boolean offers(String type, String algorithm) {
        return provider.getService(type, algorithm) != null;
    }

    /** The provider of the JDK's that does this in software. */
    Provider software(String type, String algorithm) throws Checks.Failed {
        for (Provider other : Security.getProviders()) {
            if (!other.getName().startsWith("SunPKCS11") && has(other, type, algorithm)) {
                return other;
            }
        }
        throw new Checks.Failed("no provider of the JDK's has " + type + " " + algorithm);
    }

    /** Ciphers are listed by their algorithm, with modes and paddings apart. */
    private static boolean has(Provider provider, String type, String algorithm) {
        if (!type.equals("Cipher")) {
            return provider.getService(type, algorithm) != null;
        }
        try {
            return Cipher.getInstance(algorithm, provider) != null;
        } catch (GeneralSecurityException none) {
            return false;
        }
    }

    /** A public key of the token's as software sees it. */
    PublicKey inSoftware(PublicKey key) throws Exception {
        String name = key.getAlgorithm();
        return KeyFactory.getInstance(name, software("KeyFactory", name))
                .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    }

    /** A private key of the token's as software sees it, or null if it may not leave. */
    PrivateKey inSoftware(PrivateKey key) throws Exception {
        String name = key.getAlgorithm();
        return key.getEncoded() == null ? null : KeyFactory.getInstance(name, software("KeyFactory", name))
                .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
    }

    /** A secret key of the token's as software sees it, or null if it may not leave. */
    static SecretKey inSoftware(SecretKey key) {
        byte[] value = key.getEncoded();
        if (value != null && key.getAlgorithm().equals("DESede") && value.length == 16) {
            value = Bytes.joined(value, Arrays.copyOf(value, 8)); // the first of two keys is the third as well
        }
        return value == null ? null : new SecretKeySpec(value, key.getAlgorithm());
    }

    /** Whether the key is an object of the token's. */
    static boolean ofToken(Key key) {
        return key.getClass().getName().startsWith("sun.security.pkcs11.");
    }
}
