import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** Data for the checks, and the ways to cut them. */
final class Bytes {
    /** Around the blocks of every hash and cipher, and more than one buffer of the provider's. */
    static final int[] LENGTHS = {0, 1, 16, 17, 64, 129, 144, 1000, 4097};

    /** Sizes of pieces. */
    static final int[] PIECES = {1, 7, 16, 3000};

    private Bytes() {}

    /** Bytes that do not repeat early. */
    static byte[] data(int length) {
        byte[] data = new byte[length];
        int state = 1;
        for (int at = 0; at < length; at++) {
            state = state * 1103515245 + 12345;
            data[at] = (byte) (state >> 16);
        }
        return data;
    }

    static String hex(byte[] bytes) {
        if (bytes == null) {
            return "null";
        }
        String text = HexFormat.of().formatHex(bytes);
        return text.length() <= 80 ? text : text.substring(0, 70) + "… (" + bytes.length + " bytes)";
    }

    static byte[] changed(byte[] bytes) {
        byte[] changed = bytes.clone();
        changed[changed.length / 2] ^= 1;
        return changed;
    }

    /** Data outside of the heap, where the provider hands addresses to the module. */
    static ByteBuffer direct(byte[] data) {
        return ByteBuffer.allocateDirect(data.length).put(data).flip();
    }

    /** What takes a piece of an array. */
    interface Sink {
        void update(byte[] data, int from, int length) throws Exception;
    }

    static void inPieces(byte[] data, int size, Sink sink) throws Exception {
        for (int from = 0; from < data.length; from += size) {
            sink.update(data, from, Math.min(size, data.length - from));
        }
    }

    static byte[] joined(byte[] first, byte[] second) {
        if (second == null) {
            return first;
        }
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
