import java.util.function.Predicate;

/** Tells of each check in a line of its own: {@code check}, how it ended, its name, and why, between tabs. */
final class Checks {
    /** What must hold; what it throws says what does not. */
    interface Check {
        void run() throws Exception;
    }

    /** What cannot be tried; the text says why. */
    static final class Skipped extends Exception {
        private static final long serialVersionUID = 1;

        Skipped(String why) {
            super(why);
        }
    }

    /** What was expected does not hold; the text says what came instead. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1;

        Failed(String what) {
            super(what);
        }
    }

    private Checks() {}

    static void check(String name, Check check) {
        try {
            check.run();
            tell("passed", name, "");
        } catch (Skipped reason) {
            tell("skipped", name, reason.getMessage());
        } catch (Failed reason) {
            tell("failed", name, reason.getMessage());
        } catch (Exception | LinkageError error) {
            tell("failed", name, chain(error));
        }
    }

    private static void tell(String result, String name, String why) {
        System.out.println(String.join("\t", "check", result, name, why.replaceAll("\\s+", " ")));
    }

    /** The error, what caused it, and the line of ours where it came from. */
    private static String chain(Throwable error) {
        StringBuilder text = new StringBuilder(String.valueOf(error));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            text.append(", because of ").append(cause);
        }
        for (StackTraceElement frame : error.getStackTrace()) {
            if (frame.getModuleName() == null) {
                return text.append(" (").append(frame.getFileName()).append(':').append(frame.getLineNumber())
                        .append(')').toString();
            }
        }
        return text.toString();
    }

    static void expect(boolean condition, String otherwise) throws Failed {
        if (!condition) {
            throw new Failed(otherwise);
        }
    }

    static void equal(byte[] got, byte[] wanted, String what) throws Failed {
        if (!java.util.Arrays.equals(got, wanted)) {
            throw new Failed(what + " is " + Bytes.hex(got) + ", not " + Bytes.hex(wanted));
        }
    }

    static void equal(Object got, Object wanted, String what) throws Failed {
        if (!java.util.Objects.equals(got, wanted)) {
            throw new Failed(what + " is " + got + ", not " + wanted);
        }
    }

    /** Fails unless the call throws what it should. */
    static void refused(Class<? extends Exception> wanted, String what, Check call) throws Failed {
        refused(what, wanted::isInstance, call);
    }

    static void refused(String what, Predicate<Exception> wanted, Check call) throws Failed {
        try {
            call.run();
        } catch (Exception error) {
            if (wanted.test(error)) {
                return;
            }
            throw new Failed(what + " is refused with " + chain(error));
        }
        throw new Failed(what + " is not refused");
    }
}
