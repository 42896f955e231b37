import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;

/** MessageDigest and SecureRandom. */
final class Digests {
    private final Pkcs11 pkcs11;

    Digests(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    void all() {
        for (String algorithm : pkcs11.offered("MessageDigest")) {
            Checks.check("MessageDigest " + algorithm, () -> digest(algorithm));
            Checks.check("MessageDigest " + algorithm + ": clone", () -> cloned(algorithm));
        }
        for (String algorithm : pkcs11.offered("SecureRandom")) {
            Checks.check("SecureRandom " + algorithm, () -> random(algorithm));
        }
    }

    private void digest(String algorithm) throws Exception {
        MessageDigest software = MessageDigest.getInstance(algorithm, pkcs11.software("MessageDigest", algorithm));
        MessageDigest token = MessageDigest.getInstance(algorithm, pkcs11.provider());
        Checks.equal(token.getDigestLength(), software.getDigestLength(), "the length");
        for (int length : Bytes.LENGTHS) {
            byte[] data = Bytes.data(length);
            byte[] wanted = software.digest(data);
            Checks.equal(token.digest(data), wanted, length + " bytes at once");
            for (int piece : Bytes.PIECES) {
                Bytes.inPieces(data, piece, token::update);
                Checks.equal(token.digest(), wanted, length + " bytes by " + piece);
            }
            token.update(Bytes.direct(data));
            Checks.equal(token.digest(), wanted, length + " bytes outside of the heap");
            token.update(ByteBuffer.wrap(data));
            token.reset();
            token.update(data);
            Checks.equal(token.digest(), wanted, length + " bytes after a reset");
        }
        MessageDigest other = MessageDigest.getInstance(algorithm, pkcs11.provider());
        byte[] data = Bytes.data(300);
        Bytes.inPieces(data, 50, (bytes, from, length) -> {
            token.update(bytes, from, length);
            other.update(bytes, from, length);
        });
        Checks.equal(token.digest(), software.digest(data), "the first of two at a time");
        Checks.equal(other.digest(), software.digest(data), "the second of two at a time");
    }

    private void cloned(String algorithm) throws Exception {
        MessageDigest software = MessageDigest.getInstance(algorithm, pkcs11.software("MessageDigest", algorithm));
        for (int before : new int[] {0, 1, 64, 100, 3000}) {
            MessageDigest token = MessageDigest.getInstance(algorithm, pkcs11.provider());
            byte[] start = Bytes.data(before);
            Bytes.inPieces(start, 1000, token::update);
            MessageDigest copy = (MessageDigest) token.clone();
            copy.update(new byte[] {1});
            token.update(new byte[] {2});
            Checks.equal(copy.digest(), software.digest(Bytes.joined(start, new byte[] {1})), "the clone's");
            Checks.equal(token.digest(), software.digest(Bytes.joined(start, new byte[] {2})), "the original's");
        }
    }

    private void random(String algorithm) throws Exception {
        SecureRandom random = SecureRandom.getInstance(algorithm, pkcs11.provider());
        Set<String> seen = new HashSet<>();
        for (int round = 0; round < 200; round++) {
            byte[] drawn = new byte[16 + round];
            random.nextBytes(drawn);
            Checks.expect(seen.add(Bytes.hex(drawn)), "random bytes come twice");
        }
        random.setSeed(Bytes.data(32));
        byte[] many = new byte[100_000];
        random.nextBytes(many);
        int[] counts = new int[256];
        for (byte one : many) {
            counts[one & 0xff]++;
        }
        for (int count : counts) {
            Checks.expect(count > 200 && count < 600, "a byte comes " + count + " times in 100000");
        }
        Checks.equal(random.generateSeed(20).length, 20, "the length of a seed");
    }
}
