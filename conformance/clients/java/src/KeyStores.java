import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * KeyStore PKCS11: {@code fill FOLDER} writes keys and certificates, {@code read FOLDER} finds them in another process
 * and deletes them. The folder has, by the kind of key, {@code KIND.p12} with a key and its chain, as openssl made it, and
 * {@code trusted.crt}, which the SO has written to the token.
 */
final class KeyStores {
    private static final char[] FILE_PASSWORD = "file password".toCharArray();
    private static final List<String> KINDS = List.of("rsa", "ec");
    private static final byte[] AES = Bytes.data(32);

    private final Pkcs11 pkcs11;
    private final String act;
    private final Path folder;

    KeyStores(Pkcs11 pkcs11, String... words) {
        this.pkcs11 = pkcs11;
        act = words[0];
        folder = Path.of(words[1]);
    }

    void all() throws Exception {
        if (act.equals("fill")) {
            Checks.check("KeyStore: load with a wrong PIN is refused", this::wrongPin);
        }
        KeyStore store = pkcs11.keyStore();
        if (act.equals("fill")) {
            fill(store);
        } else {
            read(store);
        }
    }

    private void wrongPin() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS11", pkcs11.provider());
        Checks.refused(java.io.IOException.class, "a wrong PIN", () -> store.load(null, "no PIN".toCharArray()));
    }

    /** A key and its chain from a file. */
    record Entry(PrivateKey key, Certificate[] chain) {
        static Entry read(Path file) throws Exception {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream input = Files.newInputStream(file)) {
                store.load(input, FILE_PASSWORD);
            }
            String alias = store.aliases().nextElement();
            return new Entry((PrivateKey) store.getKey(alias, FILE_PASSWORD), store.getCertificateChain(alias));
        }
    }

    private Entry entry(String kind) throws Exception {
        return Entry.read(folder.resolve(kind + ".p12"));
    }

    private Certificate trusted() throws Exception {
        try (InputStream input = Files.newInputStream(folder.resolve("trusted.crt"))) {
            return CertificateFactory.getInstance("X.509").generateCertificate(input);
        }
    }

    private void fill(KeyStore store) {
        Checks.check("KeyStore: a certificate that the SO trusts is an entry", () -> {
            Checks.equal(store.size(), 1, "the number of entries");
            Checks.expect(store.isCertificateEntry("trusted"), "it is no entry of a certificate");
            Checks.equal(store.getCertificate("trusted"), trusted(), "the certificate");
        });
        for (String kind : KINDS) {
            Checks.check("KeyStore: setKeyEntry of an " + kind + " key with its chain", () -> {
                Entry entry = entry(kind);
                store.setKeyEntry(kind, entry.key(), null, entry.chain());
                found(store, kind);
            });
        }
        Checks.check("KeyStore: setKeyEntry in place of another key, under the same alias", () -> {
            Entry first = entry("other");
            store.setKeyEntry("again", first.key(), null, first.chain());
            Entry second = entry("third");
            store.setKeyEntry("again", second.key(), null, second.chain());
            Checks.equal(store.getCertificate("again"), second.chain()[0], "the certificate");
            signs(store.getKey("again", null), second.chain()[0]);
        });
        Checks.check("KeyStore: setKeyEntry of a pair of the token's", () -> {
            Entry entry = entry("other");
            Key inside = java.security.KeyFactory.getInstance("RSA", pkcs11.provider()).translateKey(entry.key());
            store.setKeyEntry("inside", inside, null, entry.chain());
            signs(store.getKey("inside", null), entry.chain()[0]);
            store.deleteEntry("inside");
            Checks.expect(!store.containsAlias("inside"), "the key is still there");
        });
        Checks.check("KeyStore: setCertificateEntry", () -> {
            try {
                store.setCertificateEntry("another", entry("third").chain()[0]);
            } catch (KeyStoreException error) {
                if (error.getCause() instanceof UnsupportedOperationException) {
                    throw new Checks.Skipped("SunPKCS11 writes trusted certificates to NSS only; it reads those that "
                            + "the SO trusts");
                }
                throw error;
            }
            store.deleteEntry("another");
        });
        Checks.check("KeyStore: setKeyEntry of secret keys, of the JDK's and of the token's", () -> {
            store.setKeyEntry("aes", new SecretKeySpec(AES, "AES"), null, null);
            store.setKeyEntry("desede", new SecretKeySpec(Bytes.data(24), "DESede"), null, null);
            KeyGenerator generator = KeyGenerator.getInstance("AES", pkcs11.provider());
            generator.init(256);
            store.setKeyEntry("generated", generator.generateKey(), null, null);
            store.setKeyEntry("generic", new SecretKeySpec(AES, "Generic"), null, null);
        });
        Checks.check("KeyStore: a certificate is found by its alias", () ->
                Checks.equal(store.getCertificateAlias(entry("rsa").chain()[0]), "rsa", "the alias"));
        Checks.check("KeyStore: entries with protection by a PIN", () -> {
            var protection = new KeyStore.PasswordProtection(pkcs11.pin());
            var entry = (KeyStore.PrivateKeyEntry) store.getEntry("ec", protection);
            Checks.equal(entry.getCertificate(), entry("ec").chain()[0], "the certificate");
        });
    }

    /** Everything that {@link #fill} left; and it goes. */
    private void read(KeyStore store) {
        Checks.check("KeyStore: another process lists the same", () -> {
            Set<String> aliases = new TreeSet<>(Collections.list(store.aliases()));
            Checks.equal(aliases, new TreeSet<>(List.of("aes", "again", "desede", "ec", "generated", "generic", "rsa",
                    "trusted")), "the list");
        });
        for (String kind : KINDS) {
            Checks.check("KeyStore: another process signs with the " + kind + " key and has its chain", () ->
                    found(store, kind));
        }
        Checks.check("KeyStore: another process has the trusted certificate", () -> {
            Checks.equal(store.getCertificate("trusted"), trusted(), "the certificate");
            Checks.expect(store.isCertificateEntry("trusted"), "it is no entry of a certificate");
        });
        Checks.check("KeyStore: another process encrypts with the secret keys", () -> {
            for (String alias : new String[] {"aes", "generated", "desede"}) {
                SecretKey key = (SecretKey) store.getKey(alias, null);
                String algorithm = (alias.equals("desede") ? "DESede" : "AES") + "/ECB/NoPadding";
                byte[] encrypted = encrypted(key, algorithm);
                if (alias.equals("aes")) {
                    Checks.equal(encrypted, encrypted(new SecretKeySpec(AES, "AES"), algorithm), "what it makes");
                }
            }
            Mac mac = Mac.getInstance("HmacSHA256", pkcs11.provider());
            mac.init(store.getKey("generic", null));
            byte[] made = mac.doFinal(Bytes.data(9));
            Mac software = Mac.getInstance("HmacSHA256", pkcs11.software("Mac", "HmacSHA256"));
            software.init(new SecretKeySpec(AES, "HmacSHA256"));
            Checks.equal(made, software.doFinal(Bytes.data(9)), "what the generic key makes");
        });
        Checks.check("KeyStore: deleteEntry of everything", () -> {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) { // the trusted certificate is the SO's
                    store.deleteEntry(alias);
                }
            }
            Checks.equal(store.size(), 1, "the number of entries");
            KeyStore again = KeyStore.getInstance("PKCS11", pkcs11.provider());
            again.load(null, pkcs11.pin());
            Checks.equal(again.size(), 1, "the number of entries after loading again");
        });
    }

    private byte[] encrypted(SecretKey key, String algorithm) throws Exception {
        Cipher cipher = Cipher.getInstance(algorithm, pkcs11.provider());
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(Bytes.data(48));
    }

    private void found(KeyStore store, String alias) throws Exception {
        Checks.expect(store.isKeyEntry(alias), "it is no entry of a key");
        Certificate[] chain = entry(alias).chain();
        Checks.equal(List.of(store.getCertificateChain(alias)), List.of(chain), "the chain");
        var again = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(store.getCertificate(alias).getEncoded()));
        Checks.equal(again.getSerialNumber(), ((X509Certificate) chain[0]).getSerialNumber(), "the serial number");
        signs(store.getKey(alias, null), chain[0]);
    }

    private void signs(Key key, Certificate certificate) throws Exception {
        Checks.expect(Pkcs11.ofToken(key), "the key is " + key.getClass());
        String algorithm = "SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA");
        Signature token = Signature.getInstance(algorithm, pkcs11.provider());
        token.initSign((PrivateKey) key);
        token.update(Bytes.data(99));
        Signature software = Signature.getInstance(algorithm, pkcs11.software("Signature", algorithm));
        software.initVerify(certificate);
        software.update(Bytes.data(99));
        Checks.expect(software.verify(token.sign()), "the certificate's key does not verify");
    }
}
