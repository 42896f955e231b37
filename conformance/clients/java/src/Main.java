import java.security.Security;
import java.util.Set;
import java.util.TreeSet;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.PasswordCallback;

/** {@code java Main CONFIGURATION PIN WHAT WORD…}: tries one part of what SunPKCS11 offers on a module. */
final class Main {
    /** What other classes try. A type that is not here makes a check fail. */
    private static final Set<String> TYPES = Set.of("AlgorithmParameters", "Cipher", "KDF", "KeyAgreement",
            "KeyFactory", "KeyGenerator", "KeyPairGenerator", "KeyStore", "Mac", "MessageDigest", "SecretKeyFactory",
            "SecureRandom", "Signature");

    private Main() {}

    public static void main(String[] words) throws Exception {
        Pkcs11 pkcs11 = Pkcs11.configured(words[0], words[1]);
        String[] rest = java.util.Arrays.copyOfRange(words, 3, words.length);
        switch (words[2]) {
            case "provider" -> provider(pkcs11);
            case "digests" -> new Digests(pkcs11).all(); // needs no login
            case "stores" -> new KeyStores(pkcs11, rest).all();
            case "tls" -> new Tls(pkcs11, rest).all();
            default -> {
                login(pkcs11);
                part(pkcs11, words[2]);
            }
        }
        System.out.println("end");
    }

    private static void part(Pkcs11 pkcs11, String name) throws Exception {
        switch (name) {
            case "macs" -> new Macs(pkcs11).all();
            case "ciphers" -> {
                new Ciphers(pkcs11).all();
                new RsaCiphers(pkcs11).all();
                new KeyWraps(pkcs11).all();
            }
            case "signatures" -> new Signatures(pkcs11).all();
            case "keys" -> {
                new Pairs(pkcs11).all();
                new SecretKeys(pkcs11).all();
                new Agreements(pkcs11).all();
            }
            case "tls-keys" -> new TlsKeys(pkcs11).all();
            case "kdf" -> ((Runnable) Class.forName("Kdfs").getConstructor(Pkcs11.class).newInstance(pkcs11)).run();
            default -> throw new IllegalArgumentException(name);
        }
    }

    static void login(Pkcs11 pkcs11) throws Exception {
        login(pkcs11, pkcs11.pin());
    }

    static void login(Pkcs11 pkcs11, char[] pin) throws Exception {
        pkcs11.auth().login(null, callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof PasswordCallback password) {
                    password.setPassword(pin);
                }
            }
        });
    }

    private static void provider(Pkcs11 pkcs11) {
        Checks.check("the provider is configured by name and library", () ->
                Checks.expect(!pkcs11.provider().getServices().isEmpty(), "it has no services"));
        Checks.check("each type of service is tried here", () -> {
            Set<String> types = new TreeSet<>();
            pkcs11.provider().getServices().forEach(service -> types.add(service.getType()));
            types.removeAll(TYPES);
            Checks.expect(types.isEmpty(), "nothing here tries " + types);
        });
        Checks.check("login with a wrong PIN is refused, with the right one not; logout", () -> {
            Checks.refused(javax.security.auth.login.LoginException.class, "a wrong PIN", () ->
                    login(pkcs11, "wrong pin".toCharArray()));
            login(pkcs11);
            login(pkcs11);
            pkcs11.auth().logout();
            login(pkcs11);
            pkcs11.auth().logout();
        });
        Checks.check("a key of a session that is logged out is refused", () -> {
            login(pkcs11);
            var generator = java.security.KeyPairGenerator.getInstance("EC", pkcs11.provider());
            generator.initialize(256);
            var pair = generator.generateKeyPair();
            pkcs11.auth().logout();
            login(pkcs11);
            var signature = java.security.Signature.getInstance("SHA256withECDSA", pkcs11.provider());
            Checks.refused(Exception.class, "the key", () -> {
                signature.initSign(pair.getPrivate());
                signature.update(new byte[1]);
                signature.sign();
            });
            pkcs11.auth().logout();
        });
        Checks.check("the provider can be in the list of all", () -> {
            Security.addProvider(pkcs11.provider());
            Checks.expect(Security.getProvider(pkcs11.provider().getName()) != null, "it is not there");
        });
    }
}
