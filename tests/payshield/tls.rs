//! TLS, with keys of files and of the token. The certificates are the tests' own, made with OpenSSL.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::home::Home;
use crate::server::{PATIENCE, Server, receive, send};

fn certificate(name: &str) -> String {
    format!(
        "{}/tests/payshield/certificates/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A client that trusts the tests' authority, and shows a certificate if it is to.
fn client(address: &str, shows: Option<&str>, version: &'static SupportedProtocolVersion) -> Stream {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificate("ca.pem")).unwrap())
        .unwrap();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots);
    let config = match shows {
        None => builder.with_no_client_auth(),
        Some(name) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_file(certificate(&format!("{name}.pem"))).unwrap()],
                PrivateKeyDer::from_pem_file(certificate(&format!("{name}.key"))).unwrap(),
            )
            .unwrap(),
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    StreamOwned::new(connection, stream)
}

fn secure_address(server: &Server) -> String {
    // The lines of several addresses come one after the other.
    let since = Instant::now();
    loop {
        let lines = server.printed();
        if let Some(line) = lines.lines().find(|line| line.contains(" with TLS")) {
            return line.split(' ').nth(2).unwrap().to_owned();
        }
        assert!(since.elapsed() < PATIENCE, "no address with TLS: {lines}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

const ECHO: &[u8] = b"0000B20004over";

fn assert_answers(stream: &mut Stream) {
    for _ in 0..3 {
        send(stream, ECHO);
        stream.flush().unwrap();
        assert_eq!(receive(stream), b"0000B300over");
    }
}

fn demo(options: &[&str]) -> Server {
    let (cert, key) = (certificate("server.pem"), certificate("server.key"));
    let tls = [
        "--tls-listen",
        "127.0.0.1:0=02",
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
    ];
    let server = Server::start(&[&tls[..], options].concat());
    // It is the last thing that is told.
    server.told("try it");
    server
}

#[test]
fn tls_is_answered_as_the_lmk_of_its_port_in_both_versions() {
    let server = demo(&[]);
    let address = secure_address(&server);
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let mut stream = client(&address, None, version);
        assert_answers(&mut stream);
        send(&mut stream, b"0000NC");
        assert_eq!(receive(&mut stream), b"0000ND009D04A000000000000007-E000");
    }
    // Who speaks without TLS there disturbs nobody.
    let mut plain = TcpStream::connect(&address).unwrap();
    plain.write_all(b"\0\x060000NC").unwrap();
    assert_answers(&mut client(&address, None, &rustls::version::TLS13));
}

#[test]
fn clients_show_a_certificate_of_the_authority() {
    let ca = certificate("ca.pem");
    let server = demo(&["--tls-client-ca", &ca]);
    let address = secure_address(&server);
    assert_answers(&mut client(&address, Some("client"), &rustls::version::TLS13));
    let mut stream = client(&address, None, &rustls::version::TLS13);
    let mut refused = stream.write_all(b"\0\x060000NC").is_err();
    refused |= std::io::Read::read(&mut stream, &mut [0; 16]).is_err();
    assert!(refused);
}

#[test]
fn the_key_may_stay_in_the_token_and_everything_is_read_anew() {
    let home = Home::new();
    let cert = certificate("server.pem");
    let tls = format!("tls_listen = [\"127.0.0.1:0\"]\ntls_cert = {cert:?}\n");
    home.configure(&format!("{tls}tls_key = \"pkcs11:object=tls\""));
    let server = Server::spawn(home.command(&[]));
    let address = server.told("listening on 127.0.0.1:");
    assert!(!address.is_empty());
    // Ready once the control socket is there, the last of all.
    while !home.path("data").join("payshield.sock").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let address = secure_address(&server);
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        assert_answers(&mut client(&address, None, version));
    }
    // The certificate of another key is refused, and everything stays as it was.
    let other = certificate("other.pem");
    home.configure(&format!(
        "tls_listen = [\"127.0.0.1:0\"]\ntls_cert = {other:?}\ntls_key = {:?}\nheader_length = 6",
        certificate("server.key")
    ));
    server.signal("HUP");
    server.told("everything stays as it was");
    assert_answers(&mut client(&address, None, &rustls::version::TLS13));
    home.configure(&format!(
        "tls_listen = [\"127.0.0.1:0\"]\ntls_cert = {other:?}\ntls_key = {:?}\nheader_length = 6\ndisabled = [\"NC\"]",
        certificate("other.key")
    ));
    server.signal("HUP");
    server.told("read the configuration anew");
    let mut stream = client(&address, None, &rustls::version::TLS13);
    send(&mut stream, b"000000NC");
    assert_eq!(receive(&mut stream), b"000000ND68");
    let shown = stream.conn.peer_certificates().unwrap()[0].clone();
    assert_eq!(shown, CertificateDer::from_pem_file(&other).unwrap());
}
