import java.math.BigInteger;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.DSAPrivateKeySpec;
import java.security.spec.DSAPublicKeySpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import javax.crypto.KeyAgreement;
import javax.crypto.interfaces.DHPublicKey;
import javax.crypto.spec.DHPrivateKeySpec;
import javax.crypto.spec.DHPublicKeySpec;

/** KeyPairGenerator and KeyFactory: pairs are made, go in, and come out where they may. */
final class Pairs {
    private final Pkcs11 pkcs11;

    Pairs(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("KeyPairGenerator")) {
            for (int size : sizes(algorithm)) {
                Checks.check("KeyPairGenerator " + algorithm + " of " + size + " bits", () -> {
                    KeyPair pair = generated(algorithm, size);
                    works(pair);
                    size(pair.getPublic(), size);
                });
            }
        }
        Checks.check("KeyPairGenerator RSA with exponents 3 and 65537", () -> {
            for (BigInteger exponent : new BigInteger[] {RSAKeyGenParameterSpec.F0, RSAKeyGenParameterSpec.F4}) {
                KeyPair pair = generated("RSA", new RSAKeyGenParameterSpec(2048, exponent));
                works(pair);
                Checks.equal(((RSAPublicKey) pair.getPublic()).getPublicExponent(), exponent, "the exponent");
            }
        });
        for (String curve : new String[] {"secp256r1", "secp384r1", "secp521r1"}) {
            Checks.check("KeyPairGenerator EC " + curve, () -> works(generated("EC", new ECGenParameterSpec(curve))));
        }
        for (String algorithm : pkcs11.offered("KeyFactory")) {
            Checks.check("KeyFactory " + algorithm + ": keys of software's go in", () -> imported(algorithm));
            Checks.check("KeyFactory " + algorithm + ": keys of the token's come out", () ->
                    exported(algorithm, generated(algorithm, sizes(algorithm)[0])));
        }
    }

    private static int[] sizes(String algorithm) {
        return switch (algorithm) {
            case "RSA" -> new int[] {2048, 3072};
            case "EC" -> new int[] {256, 384, 521};
            default -> new int[] {1024, 2048};
        };
    }

    private KeyPair generated(String algorithm, int size) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, pkcs11.provider());
        generator.initialize(size);
        return generator.generateKeyPair();
    }

    private KeyPair generated(String algorithm, AlgorithmParameterSpec parameters) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, pkcs11.provider());
        generator.initialize(parameters);
        return generator.generateKeyPair();
    }

    private static void size(PublicKey key, int wanted) throws Exception {
        if (key instanceof RSAPublicKey rsa) {
            Checks.equal(rsa.getModulus().bitLength(), wanted, "the length of the modulus");
        } else if (key instanceof ECPublicKey ec) {
            Checks.equal(ec.getParams().getOrder().bitLength(), wanted, "the length of the order");
        }
    }

    /** The private key signs or agrees, and software finds that it belongs to the public one. */
    private void works(KeyPair pair) throws Exception {
        Checks.expect(Pkcs11.ofToken(pair.getPrivate()), "the key is " + pair.getPrivate().getClass());
        belongTogether(pair.getPrivate(), pair.getPublic());
        PrivateKey seen = pkcs11.inSoftware(pair.getPrivate());
        if (seen != null) {
            belongTogether(seen, pair.getPublic());
        }
    }

    private void belongTogether(PrivateKey key, PublicKey open) throws Exception {
        if (key.getAlgorithm().equals("DH")) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("DH", pkcs11.software("KeyPairGenerator", "DH"));
            generator.initialize(((DHPublicKey) open).getParams());
            KeyPair other = generator.generateKeyPair();
            KeyAgreement token = KeyAgreement.getInstance("DH", pkcs11.provider());
            token.init(key);
            token.doPhase(other.getPublic(), true);
            KeyAgreement software = KeyAgreement.getInstance("DH", pkcs11.software("KeyAgreement", "DH"));
            software.init(other.getPrivate());
            software.doPhase(pkcs11.inSoftware(open), true);
            Checks.equal(token.generateSecret(), software.generateSecret(), "the secret");
            return;
        }
        String algorithm = "SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : key.getAlgorithm());
        Signature token = Signature.getInstance(algorithm, pkcs11.provider());
        token.initSign(key);
        token.update(Bytes.data(50));
        Signature software = Signature.getInstance(algorithm, pkcs11.software("Signature", algorithm));
        software.initVerify(pkcs11.inSoftware(open));
        software.update(Bytes.data(50));
        Checks.expect(software.verify(token.sign()), "the keys do not belong together");
    }

    private void imported(String algorithm) throws Exception {
        KeyPairGenerator generator =
                KeyPairGenerator.getInstance(algorithm, pkcs11.software("KeyPairGenerator", algorithm));
        generator.initialize(sizes(algorithm)[0]);
        KeyPair pair = generator.generateKeyPair();
        KeyFactory token = KeyFactory.getInstance(algorithm, pkcs11.provider());
        KeyFactory software = KeyFactory.getInstance(algorithm, pkcs11.software("KeyFactory", algorithm));
        PrivateKey[] inside = {
            (PrivateKey) token.translateKey(pair.getPrivate()),
            token.generatePrivate(new PKCS8EncodedKeySpec(pair.getPrivate().getEncoded())),
            token.generatePrivate(software.getKeySpec(pair.getPrivate(), privateSpec(algorithm))),
        };
        PublicKey[] open = {
            (PublicKey) token.translateKey(pair.getPublic()),
            token.generatePublic(new X509EncodedKeySpec(pair.getPublic().getEncoded())),
            token.generatePublic(software.getKeySpec(pair.getPublic(), publicSpec(algorithm))),
        };
        for (int way = 0; way < inside.length; way++) {
            Checks.expect(Pkcs11.ofToken(inside[way]), "a private key is " + inside[way].getClass());
            Checks.expect(Pkcs11.ofToken(open[way]), "a public key is " + open[way].getClass());
            belongTogether(inside[way], open[way]);
            if (open[way] instanceof DHPublicKey key) { // PKCS#11 does not keep how long a private value is
                Checks.equal(key.getY(), ((DHPublicKey) pair.getPublic()).getY(), "the public value");
            } else {
                Checks.equal(open[way].getEncoded(), pair.getPublic().getEncoded(), "the public key");
                Checks.expect(open[way].equals(pair.getPublic()), "the public key is not equal to itself");
            }
            exported(algorithm, new KeyPair(open[way], inside[way]));
        }
    }

    private void exported(String algorithm, KeyPair pair) throws Exception {
        KeyFactory token = KeyFactory.getInstance(algorithm, pkcs11.provider());
        KeyFactory software = KeyFactory.getInstance(algorithm, pkcs11.software("KeyFactory", algorithm));
        Key open = software.generatePublic(token.getKeySpec(pair.getPublic(), publicSpec(algorithm)));
        Checks.equal(open.getEncoded(), pair.getPublic().getEncoded(), "the public key by its numbers");
        X509EncodedKeySpec encoded = token.getKeySpec(pair.getPublic(), X509EncodedKeySpec.class);
        Checks.equal(encoded.getEncoded(), pair.getPublic().getEncoded(), "the public key encoded");
        if (pair.getPrivate().getEncoded() == null) {
            Checks.refused(Exception.class, "a key that may not leave", () ->
                    token.getKeySpec(pair.getPrivate(), privateSpec(algorithm)));
            return;
        }
        PrivateKey seen = software.generatePrivate(token.getKeySpec(pair.getPrivate(), privateSpec(algorithm)));
        belongTogether(seen, pair.getPublic());
        PKCS8EncodedKeySpec whole = token.getKeySpec(pair.getPrivate(), PKCS8EncodedKeySpec.class);
        belongTogether(software.generatePrivate(whole), pair.getPublic());
    }

    private static Class<? extends KeySpec> publicSpec(String algorithm) {
        return switch (algorithm) {
            case "RSA" -> RSAPublicKeySpec.class;
            case "EC" -> ECPublicKeySpec.class;
            case "DSA" -> DSAPublicKeySpec.class;
            default -> DHPublicKeySpec.class;
        };
    }

    private static Class<? extends KeySpec> privateSpec(String algorithm) {
        return switch (algorithm) {
            case "RSA" -> RSAPrivateCrtKeySpec.class;
            case "EC" -> ECPrivateKeySpec.class;
            case "DSA" -> DSAPrivateKeySpec.class;
            default -> DHPrivateKeySpec.class;
        };
    }
}
