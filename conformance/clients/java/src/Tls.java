import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * JSSE with keys of the token, openssl on the other side: {@code first|last FOLDER}, which is where SunPKCS11 stands in
 * the list of providers. The folder has {@code KIND.p12}, and {@code KIND.crt}, {@code KIND.key} and {@code ca.crt} in
 * PEM for openssl; all certificates are for {@code localhost}.
 */
final class Tls {
    private static final int TIME_LIMIT_MS = 30_000;

    private final Pkcs11 pkcs11;
    private final boolean first;
    private final Path folder;
    private SSLContext context;
    private SecretKey kept;

    Tls(Pkcs11 pkcs11, String... words) {
        this.pkcs11 = pkcs11;
        first = words[0].equals("first");
        folder = Path.of(words[1]);
    }

    /** A connection by its version, the kind of key, and what else is asked for in Java's and in openssl's words. */
    private record Connection(String version, String key, String suite, String opensslSuite, boolean withClientKey) {
        @Override
        public String toString() {
            return version + " " + suite + ", " + key + (withClientKey ? ", both with a key" : "");
        }
    }

    private List<Connection> connections() {
        List<Connection> all = new ArrayList<>();
        for (String key : new String[] {"rsa", "ec"}) {
            for (String suite : new String[] {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                "TLS_CHACHA20_POLY1305_SHA256"}) {
                all.add(new Connection("TLSv1.3", key, suite, suite, suite.contains("256_GCM")));
            }
            String kind = key.equals("rsa") ? "RSA" : "ECDSA";
            all.add(twelve(key, "ECDHE_" + kind, "AES_128_GCM_SHA256", "AES128-GCM-SHA256", false));
            all.add(twelve(key, "ECDHE_" + kind, "AES_256_GCM_SHA384", "AES256-GCM-SHA384", true));
            all.add(twelve(key, "ECDHE_" + kind, "AES_128_CBC_SHA256", "AES128-SHA256", false));
            all.add(twelve(key, "ECDHE_" + kind, "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", false));
        }
        all.add(twelve("rsa", "DHE_RSA", "AES_128_GCM_SHA256", "AES128-GCM-SHA256", false));
        all.add(new Connection("TLSv1.2", "rsa", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", false));
        all.add(new Connection("TLSv1.2", "rsa", "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", false));
        return all;
    }

    private static Connection twelve(String key, String exchange, String cipher, String inOpenssl, boolean client) {
        return new Connection("TLSv1.2", key, "TLS_" + exchange + "_WITH_" + cipher,
                exchange.replace('_', '-') + "-" + inOpenssl, client);
    }

    void all() throws Exception {
        // Suites in which RSA decrypts are tried as well, whatever the JDK thinks of them.
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        KeyStore store = pkcs11.keyStore();
        fill(store);
        // The JDK closes a session after every digest. With the last session ends the login; a key keeps one open.
        kept = KeyGenerator.getInstance("AES", pkcs11.provider()).generateKey();
        if (first) {
            Security.insertProviderAt(pkcs11.provider(), 1);
        } else {
            Security.addProvider(pkcs11.provider());
        }
        context = context(store);
        String where = first ? "SunPKCS11 first: " : "";
        for (Connection connection : connections()) {
            Checks.check(where + "TLS server, " + connection, () -> server(connection));
            Checks.check(where + "TLS client, " + connection, () -> client(connection));
        }
        Checks.expect(kept != null, "nothing keeps a session open");
        Checks.check(where + "TLS, a client without a key is refused where one is wanted", this::refused);
    }

    /** The keys move into the token. */
    private void fill(KeyStore store) throws Exception {
        for (String kind : new String[] {"rsa", "ec"}) {
            if (!store.containsAlias(kind)) {
                var entry = KeyStores.Entry.read(folder.resolve(kind + ".p12"));
                store.setKeyEntry(kind, entry.key(), null, entry.chain());
            }
        }
    }

    private SSLContext context(KeyStore store) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, null);
        KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
        authorities.load(null, null);
        var chain = KeyStores.Entry.read(folder.resolve("rsa.p12")).chain();
        authorities.setCertificateEntry("ca", chain[chain.length - 1]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(authorities);
        SSLContext made = SSLContext.getInstance("TLS");
        made.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return made;
    }

    private void settle(SSLSocket socket, Connection connection) throws IOException {
        socket.setSoTimeout(TIME_LIMIT_MS);
        socket.setEnabledProtocols(new String[] {connection.version()});
        socket.setEnabledCipherSuites(new String[] {connection.suite()});
    }

    private void openssl(List<String> words, Connection connection) {
        words.add("-" + connection.version().toLowerCase().replace("v", "").replace('.', '_'));
        words.addAll(connection.version().equals("TLSv1.3") ? List.of("-ciphersuites", connection.opensslSuite())
                : List.of("-cipher", connection.opensslSuite() + ":@SECLEVEL=0"));
        words.addAll(List.of("-CAfile", file("ca.crt"), "-verify_return_error"));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private void server(Connection connection) throws Exception {
        try (var listening = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listening.setSoTimeout(TIME_LIMIT_MS);
            List<String> words = new ArrayList<>(List.of("openssl", "s_client", "-connect",
                    "127.0.0.1:" + listening.getLocalPort(), "-verify_hostname", "localhost"));
            openssl(words, connection);
            words.add("-quiet");
            if (connection.withClientKey()) {
                words.addAll(List.of("-cert", file(connection.key() + ".crt"), "-key", file(connection.key() + ".key")));
            }
            try (Peer peer = new Peer(words); var socket = (SSLSocket) listening.accept()) {
                settle(socket, connection);
                socket.setNeedClientAuth(connection.withClientKey());
                peer.write("a question\n");
                Checks.equal(line(socket.getInputStream()), "a question", "what the server hears");
                socket.getOutputStream().write("an answer\n".getBytes(StandardCharsets.UTF_8));
                Checks.equal(peer.line(), "an answer", "what openssl hears");
                Checks.equal(socket.getSession().getCipherSuite(), connection.suite(), "the suite");
            }
        }
    }

    private void client(Connection connection) throws Exception {
        List<String> words = new ArrayList<>(List.of("openssl", "s_server", "-accept", "127.0.0.1:0", "-rev",
                "-cert", file(connection.key() + ".crt"), "-key", file(connection.key() + ".key")));
        openssl(words, connection);
        if (connection.withClientKey()) {
            words.addAll(List.of("-Verify", "3"));
        }
        try (Peer peer = new Peer(words)) {
            String accept = peer.lineWith("ACCEPT");
            int port = Integer.parseInt(accept.substring(accept.lastIndexOf(':') + 1).trim());
            try (var socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
                settle(socket, connection);
                var parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new javax.net.ssl.SNIHostName("localhost")));
                socket.setSSLParameters(parameters);
                socket.getOutputStream().write("abc def\n".getBytes(StandardCharsets.UTF_8));
                Checks.equal(line(socket.getInputStream()), "fed cba", "what the server answers");
                Checks.equal(socket.getSession().getCipherSuite(), connection.suite(), "the suite");
                boolean sent = socket.getSession().getLocalCertificates() != null;
                Checks.equal(sent, connection.withClientKey(), "whether the client sent a certificate");
            }
        }
    }

    private void refused() throws Exception {
        Connection connection = twelve("rsa", "ECDHE_RSA", "AES_128_GCM_SHA256", "AES128-GCM-SHA256", false);
        try (var listening = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<String> words = new ArrayList<>(List.of("openssl", "s_client", "-connect",
                    "127.0.0.1:" + listening.getLocalPort()));
            openssl(words, connection);
            try (Peer peer = new Peer(words); var socket = (SSLSocket) listening.accept()) {
                settle(socket, connection);
                socket.setNeedClientAuth(true);
                Checks.refused(SSLException.class, "a client without a certificate", socket::startHandshake);
            }
        }
    }

    private static String line(InputStream input) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int one = input.read(); one >= 0 && one != '\n'; one = input.read()) {
            bytes.write(one);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The openssl program at the other end. */
    private static final class Peer implements AutoCloseable {
        private final Process process;
        private final InputStream output;

        Peer(List<String> words) throws IOException {
            process = new ProcessBuilder(words).redirectErrorStream(true).start();
            output = process.getInputStream();
        }

        void write(String text) throws IOException {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        /** The next line that is no remark of openssl's on certificates. */
        String line() throws Exception {
            String line = nextLine();
            while (line.startsWith("depth=") || line.startsWith("verify ") || line.startsWith("Can't use") || line.isEmpty()) {
                line = nextLine();
            }
            return line;
        }

        String lineWith(String text) throws Exception {
            String line = nextLine();
            while (!line.startsWith(text)) {
                line = nextLine();
            }
            return line;
        }

        private String nextLine() throws Exception {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    String line = Tls.line(output);
                    if (line.isEmpty() && !process.isAlive()) {
                        throw new IllegalStateException("openssl has ended");
                    }
                    return line;
                } catch (IOException error) {
                    throw new IllegalStateException(error);
                }
            }).get(TIME_LIMIT_MS, TimeUnit.MILLISECONDS);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
