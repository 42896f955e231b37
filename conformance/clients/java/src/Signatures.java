import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Provider;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.HashMap;
import java.util.Map;

/** Signature, with pairs of either side: what one signs the other verifies. */
final class Signatures {
    private final Pkcs11 pkcs11;
    private final Map<String, KeyPair> pairs = new HashMap<>();

    Signatures(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("Signature")) {
            for (boolean ofToken : new boolean[] {true, false}) {
                for (int size : sizes(algorithm)) {
                    String whose = ofToken ? "the token's" : "the JDK's";
                    String name = "Signature " + algorithm + " with a pair of " + whose + " of " + size + " bits";
                    Checks.check(name, () -> each(algorithm, pair(keyAlgorithm(algorithm), size, ofToken)));
                }
            }
        }
    }

    private static String keyAlgorithm(String algorithm) {
        return algorithm.contains("ECDSA") ? "EC" : algorithm.contains("DSA") ? "DSA" : "RSA";
    }

    private static int[] sizes(String algorithm) {
        if (algorithm.equals("SHA1withDSA") || algorithm.equals("DSAinP1363Format")) {
            return new int[] {1024}; // SUN takes no longer key with SHA-1
        }
        return switch (keyAlgorithm(algorithm)) {
            case "EC" -> new int[] {256, 384, 521};
            case "DSA" -> new int[] {1024, 2048};
            default -> new int[] {2048};
        };
    }

    private KeyPair pair(String algorithm, int size, boolean ofToken) throws Exception {
        String name = algorithm + size + ofToken;
        if (!pairs.containsKey(name)) {
            Provider provider = ofToken ? pkcs11.provider() : pkcs11.software("KeyPairGenerator", algorithm);
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, provider);
            generator.initialize(size);
            pairs.put(name, generator.generateKeyPair());
        }
        return pairs.get(name);
    }

    /** Once, or for PSS once per length of salt and hash of the mask. */
    private void each(String algorithm, KeyPair pair) throws Exception {
        if (!algorithm.contains("PSS")) {
            compare(algorithm, softwareName(algorithm), pair, null);
            return;
        }
        String[] hashes = algorithm.equals("RSASSA-PSS")
                ? new String[] {"SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-256"}
                : new String[] {algorithm.replaceAll("with.*", "").replaceFirst("^SHA(?=[1-9]($|\\d))", "SHA-")};
        for (String hash : hashes) {
            int length = MessageDigest.getInstance(hash).getDigestLength();
            for (int salt : new int[] {0, 11, length}) {
                for (String mask : new String[] {hash, "SHA-256"}) {
                    var parameters = new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(mask), salt, 1);
                    compare(algorithm, "RSASSA-PSS", pair, parameters);
                }
            }
        }
    }

    /** The JDK before 24 hands the parameters of SHA3-…withRSASSA-PSS to no module. */
    private void tryPss(String algorithm, KeyPair pair, PSSParameterSpec parameters) throws Exception {
        try {
            token(algorithm, parameters).initSign(pair.getPrivate());
        } catch (RuntimeException error) {
            if (String.valueOf(error).contains("cannot be converted to native PKCS#11 type")) {
                throw new Checks.Skipped("libj2pkcs11 does not convert the JDK's own parameters of PSS with SHA-3");
            }
            throw error;
        }
    }

    /** What software calls the algorithm. */
    private static String softwareName(String algorithm) {
        return switch (algorithm) {
            case "RawDSA" -> "NONEwithDSA";
            case "RawDSAinP1363Format" -> "NONEwithDSAinP1363Format";
            case "DSAinP1363Format" -> "SHA1withDSAinP1363Format";
            default -> algorithm;
        };
    }

    private Signature token(String algorithm, PSSParameterSpec parameters) throws Exception {
        return with(Signature.getInstance(algorithm, pkcs11.provider()), parameters);
    }

    private static Signature with(Signature signature, PSSParameterSpec parameters) throws Exception {
        if (parameters != null) {
            signature.setParameter(parameters);
        }
        return signature;
    }

    private void compare(String algorithm, String inSoftware, KeyPair pair, PSSParameterSpec parameters)
            throws Exception {
        if (parameters != null && algorithm.startsWith("SHA3")) {
            tryPss(algorithm, pair, parameters);
        }
        PublicKey open = pkcs11.inSoftware(pair.getPublic());
        PrivateKey seen = pkcs11.inSoftware(pair.getPrivate());
        Provider provider = provider(inSoftware);
        boolean raw = algorithm.startsWith("NONE") || algorithm.startsWith("Raw");
        // What is signed raw is a hash; DSA takes one of 20 bytes.
        int[] lengths = parameters != null ? new int[] {200} : !raw ? new int[] {0, 200, 10_000} : algorithm.startsWith("Raw") ? new int[] {20}
                : new int[] {20, 32};
        for (int length : lengths) {
            byte[] data = Bytes.data(length);
            for (int piece : parameters != null ? new int[] {64} : new int[] {7, 20_000}) {
                Signature signing = token(algorithm, parameters);
                signing.initSign(pair.getPrivate());
                Bytes.inPieces(data, piece, signing::update);
                byte[] signature = signing.sign();
                String what = length + " bytes by " + piece;
                if (provider != null) {
                    Signature software = with(Signature.getInstance(inSoftware, provider), parameters);
                    software.initVerify(open);
                    software.update(data);
                    Checks.expect(software.verify(signature), "software does not verify the token's of " + what);
                }
                verify(token(algorithm, parameters), pair.getPublic(), data, signature, what + ", by the token");
                verify(token(algorithm, parameters), open, data, signature, what + ", by the token with our key");
            }
            if (seen != null && provider != null) {
                Signature software = with(Signature.getInstance(inSoftware, provider), parameters);
                software.initSign(seen);
                software.update(data);
                verify(token(algorithm, parameters), pair.getPublic(), data, software.sign(), "software's signature");
            }
        }
        outsideOfTheHeap(algorithm, pair, parameters, raw ? 20 : 3000);
    }

    /** The provider that has the algorithm in software, if one has. */
    private Provider provider(String inSoftware) throws Checks.Skipped {
        try {
            return pkcs11.software("Signature", inSoftware);
        } catch (Checks.Failed none) {
            throw new Checks.Skipped("no provider of the JDK's does this in software");
        }
    }

    /** Fails unless the signature is good, one of other data is not, and a changed one is not. */
    private static void verify(Signature verifying, PublicKey key, byte[] data, byte[] signature, String what)
            throws Exception {
        verifying.initVerify(key);
        verifying.update(data);
        Checks.expect(verifying.verify(signature), "not verified: " + what);
        verifying.update(data.length == 0 ? new byte[1] : Bytes.changed(data));
        Checks.expect(!verifying.verify(signature), "other data are verified: " + what);
        verifying.update(data);
        byte[] changed = signature.clone();
        changed[changed.length - 1] ^= 1;
        Checks.expect(!verifying.verify(changed), "a changed signature is verified: " + what);
        verifying.update(data);
        try {
            Checks.expect(!verifying.verify(new byte[5]), "five bytes are verified: " + what);
        } catch (SignatureException refused) {
            // that is as good
        }
        verifying.initVerify(key);
        verifying.update(data);
        Checks.expect(verifying.verify(signature), "not verified after others: " + what);
    }

    private void outsideOfTheHeap(String algorithm, KeyPair pair, PSSParameterSpec parameters, int length)
            throws Exception {
        Signature signature = token(algorithm, parameters);
        signature.initSign(pair.getPrivate());
        signature.update(Bytes.direct(Bytes.data(length)));
        byte[] signed = signature.sign();
        signature.initVerify(pair.getPublic());
        signature.update(Bytes.direct(Bytes.data(length)));
        Checks.expect(signature.verify(signed), "data outside of the heap are not verified");
    }
}
