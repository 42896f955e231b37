import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** KDF, which the JDK has since 25: keys and data as software derives them. */
public final class Kdfs implements Runnable {
    private final Pkcs11 pkcs11;

    public Kdfs(Pkcs11 pkcs11) {
        this.pkcs11 = pkcs11;
    }

    @Override
    public void run() {
        for (String algorithm : pkcs11.offered("KDF")) {
            Checks.check("KDF " + algorithm + ": extract then expand", () -> {
                for (int length : new int[] {16, 32, 60, 200}) {
                    for (byte[] salt : new byte[][] {{}, Bytes.data(13), Bytes.data(200)}) {
                        compare(algorithm, HKDFParameterSpec.ofExtract().addIKM(secret()).addSalt(salt)
                                .thenExpand(Bytes.data(9), length));
                    }
                }
            });
            Checks.check("KDF " + algorithm + ": extract", () ->
                    compare(algorithm, HKDFParameterSpec.ofExtract().addIKM(secret()).addSalt(Bytes.data(13))
                            .extractOnly()));
            Checks.check("KDF " + algorithm + ": expand", () ->
                    compare(algorithm, HKDFParameterSpec.expandOnly(secret(), Bytes.data(9), 77)));
        }
    }

    private static SecretKey secret() {
        return new SecretKeySpec(Bytes.data(64), "Generic");
    }

    private void compare(String algorithm, HKDFParameterSpec parameters) throws Exception {
        KDF token = KDF.getInstance(algorithm, pkcs11.provider());
        byte[] wanted = KDF.getInstance(algorithm, pkcs11.software("KDF", algorithm)).deriveData(parameters);
        Checks.equal(token.deriveData(parameters), wanted, "the data");
        SecretKey generic = token.deriveKey("Generic", parameters);
        Checks.equal(made("HmacSHA256", generic), made("HmacSHA256", new SecretKeySpec(wanted, "Generic")), "the key's");
        if (wanted.length == 16 || wanted.length == 32) {
            SecretKey aes = token.deriveKey("AES", parameters);
            var cipher = javax.crypto.Cipher.getInstance("AES/ECB/NoPadding", pkcs11.provider());
            cipher.init(javax.crypto.Cipher.ENCRYPT_MODE, aes);
            byte[] made = cipher.doFinal(Bytes.data(32));
            cipher.init(javax.crypto.Cipher.ENCRYPT_MODE, new SecretKeySpec(wanted, "AES"));
            Checks.expect(Arrays.equals(made, cipher.doFinal(Bytes.data(32))), "the key of AES is another");
        }
    }

    private byte[] made(String algorithm, SecretKey key) throws Exception {
        var mac = javax.crypto.Mac.getInstance(algorithm, Pkcs11.ofToken(key) ? pkcs11.provider()
                : pkcs11.software("Mac", algorithm));
        mac.init(key);
        return mac.doFinal(Bytes.data(40));
    }
}
