import java.util.Arrays;
import java.util.HexFormat;

import sun.security.pkcs11.wrapper.CK_ATTRIBUTE;
import sun.security.pkcs11.wrapper.CK_MECHANISM;
import sun.security.pkcs11.wrapper.PKCS11;

/**
 * DUKPT: a working key of a transaction, derived in the token, and a PIN block under it. SunPKCS11, the provider, knows
 * no vendor mechanism; the JDK's wrapper beneath it passes them on, and so do other wrappers (IAIK's, ipkcs11wrapper).
 *
 * <pre>
 * java --add-modules jdk.crypto.cryptoki \
 *     --add-exports jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED \
 *     examples/Dukpt.java target/release/libvhsm.so PIN
 * </pre>
 *
 * For JDK 17. PIN is the user's, of the first token. The numbers are those of include/vhsm.h, the figures those of ANSI
 * X9.24-1, A.4.
 */
final class Dukpt {
    private static final long VENDOR = 0x80000000L | 0x56480000L;
    private static final long CKM_VHSM_DUKPT_TDES_DERIVE = VENDOR | 0x11;
    private static final long CKM_VHSM_PIN_BLOCK = VENDOR | 0x20;
    private static final long CKA_VHSM_KEY_USAGE = VENDOR | 1;
    private static final long CKA_CLASS = 0, CKA_VALUE = 0x11, CKA_CHECK_VALUE = 0x90, CKA_KEY_TYPE = 0x100;
    private static final long CKO_SECRET_KEY = 4, CKK_DES2 = 0x14, CKU_USER = 1;
    private static final long RW_SERIAL = 6;

    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] BDK = HEX.parseHex("0123456789abcdeffedcba9876543210");
    private static final byte[] KSN = HEX.parseHex("ffff9876543210e00001");
    private static final String ACCOUNT = "4012345678909", PIN = "1234";
    private static final byte HOST = 0, DEVICE = 1, PIN_ENCRYPTION = 1, DUKPT_TDES = 1, ISO_0 = 1;

    private static PKCS11 p11;
    private static long session;

    public static void main(String[] arguments) throws Exception {
        p11 = PKCS11.getInstance(arguments[0], "C_GetFunctionList", null, false);
        long slot = p11.C_GetSlotList(true)[0];
        session = p11.C_OpenSession(slot, RW_SERIAL, null, null);
        p11.C_Login(session, CKU_USER, arguments[1].toCharArray());
        CK_ATTRIBUTE[] template = {
            new CK_ATTRIBUTE(CKA_CLASS, CKO_SECRET_KEY), new CK_ATTRIBUTE(CKA_KEY_TYPE, CKK_DES2),
            new CK_ATTRIBUTE(CKA_VALUE, BDK), new CK_ATTRIBUTE(CKA_VHSM_KEY_USAGE, "B0".getBytes()),
        };
        long base = p11.C_CreateObject(session, template);

        long pinKey = derive(base, DEVICE, PIN_ENCRYPTION);
        CK_ATTRIBUTE[] asked = { new CK_ATTRIBUTE(CKA_CHECK_VALUE), new CK_ATTRIBUTE(CKA_VHSM_KEY_USAGE) };
        p11.C_GetAttributeValue(session, pinKey, asked);
        String usage = new String((byte[]) asked[1].pValue);
        String checkValue = HEX.formatHex((byte[]) asked[0].pValue);
        System.out.println("PIN key of the transaction: usage " + usage + ", check value " + checkValue);
        expect(usage.equals("P0") && checkValue.equals("a10107"), "the PIN key is not the standard's");

        byte[] block = enclose(pinKey, end((byte) 0, new byte[0]));
        System.out.println("PIN block: " + HEX.formatHex(block));
        expect(HEX.formatHex(block).equals("1b9c1845eb993a7a"), "the PIN block is not the standard's");
        // In one step, from the base key: no key object is made.
        expect(Arrays.equals(block, enclose(base, end(DUKPT_TDES, KSN))), "the block in one step is another");
        // The host's key decrypts and encrypts nothing.
        try {
            enclose(derive(base, HOST, PIN_ENCRYPTION), end((byte) 0, new byte[0]));
            throw new AssertionError("the host's key has encrypted a PIN");
        } catch (sun.security.pkcs11.wrapper.PKCS11Exception refused) {
            System.out.println("The host's PIN key makes no blocks: 0x" + Long.toHexString(refused.getErrorCode()));
        }
        p11.C_Logout(session);
    }

    /** A working key: version, side, purpose, KSN. */
    private static long derive(long base, byte side, byte purpose) throws Exception {
        byte[] parameter = joined(new byte[] {1, side, purpose}, KSN);
        return p11.C_DeriveKey(session, new CK_MECHANISM(CKM_VHSM_DUKPT_TDES_DERIVE, parameter), base, null);
    }

    /** An END: format, derivation, KSN, account. */
    private static byte[] end(byte derivation, byte[] ksn) {
        byte[] serial = joined(new byte[12 - ksn.length], ksn);
        byte[] account = Arrays.copyOf(joined(new byte[] {(byte) ACCOUNT.length()}, ACCOUNT.getBytes()), 20);
        return joined(new byte[] {ISO_0, derivation}, joined(serial, account));
    }

    private static byte[] enclose(long key, byte[] end) throws Exception {
        byte[] parameter = joined(new byte[] {1}, end), block = new byte[8], digits = PIN.getBytes();
        p11.C_EncryptInit(session, new CK_MECHANISM(CKM_VHSM_PIN_BLOCK, parameter), key);
        p11.C_Encrypt(session, 0, digits, 0, digits.length, 0, block, 0, block.length);
        return block;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
