//! Whole messages to the host-command server: each has one answer, well-formed, with its header and the code of its
//! response; the next message is answered as ever. Input begins with a byte that chooses how messages are made of the rest:
//! as it is, or parts of a published message put together with it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vhsm::config::UserStorageLength;
use vhsm::payshield::commands;
use vhsm::payshield::demo::Demo;
use vhsm::payshield::envelope::{Frame, MESSAGE_MAX};
use vhsm::payshield::host::{Host, Worker};
use vhsm::payshield::settings::Settings;

struct Server {
    host: Host,
    worker: Worker,
    messages: Vec<Vec<u8>>,
}

/// Messages that are right, behind their header.
const SAMPLES: &[&[u8]] = &[
    b"NC%01",
    b"NO00",
    b"NIX1",
    b"B20005HELLO",
    b"NK0020002NC0005B2000",
    b"ECU1EF828AA8F6B80EB83E19FBC373F3A85X367930344805B1FAD6146EF4ED7502B391DDDA0A7C12CFAA0155000002532114402",
    b"CWS00072C0TN00E0001A417975993E2331918759DD1656AC94306BE01C19FDE29E83A93AB42502265400089000092;2010620%01",
    b"CYU9B4934384B19946B040CD702B4D581455614123456789012345;8701101",
    b"A00001U",
    b"A00FFFS%02#72A1N00N00",
    b"A6001U71979DEB8587E2734F1E99D5DCAEF9ACXC8E3118AFA853807EB7E92294663A5BAU",
    b"BU001U93CB819F8FEE4F78BF9C4CDD84750DB1",
    b"LAK0010033U93CB819F8FEE4F78BF9C4CDD84750DB1",
    b"LEK001",
    b"BU001K001",
    b"EO02\x30\x0c\x02\x05\x00\xc0\x00\x00\x01\x02\x03\x01\x00\x01%02#V00N00",
    b"EQ\x53\x05\x48\xce\x30\x0b\x02\x04\xc0\x00\x00\x01\x02\x03\x01\x00\x01AUTH%00",
    b"EW0601010004data;99FFFFS1001603RS00N00020",
    b"EY0601010004\x00\x01\x02\x03;0004data;\x53\x05\x48\xce\x30\x0b\x02\x04\xc0\x00\x00\x01\x02\x03\x01\x00\x01",
    b"M601131003U7AD0BB2A32ADE115807C3572FC302BA500100001020304050607",
    b"CAU1750CDFB0757D3B3994430636DBB281BU063A0E7C0F2124E56192A4510F395ED712A568D934702254810101500000253211",
];

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let home = std::env::temp_dir().join(format!("vhsm-fuzz-payshield-{}", std::process::id()));
    std::fs::create_dir_all(&home).unwrap();
    let settings = Settings {
        header_length: 2,
        clear_tables: true,
        user_storage_length: UserStorageLength::Variable,
        ..Settings::default()
    };
    let host = Demo::default().host(&home, settings).unwrap();
    let worker = host.worker(None).unwrap();
    // Every command is there, also those that no sample has.
    let bare = commands::all().map(|row| row.code.as_bytes().to_vec());
    let messages = SAMPLES.iter().map(|sample| sample.to_vec()).chain(bare);
    Server {
        messages: messages.collect(),
        host,
        worker,
    }
});

/// What takes long on purpose: the generation of RSA keys.
fn is_slow(message: &[u8]) -> bool {
    message.windows(2).any(|code| code == b"EI")
}

fn message(data: &[u8]) -> Option<Vec<u8>> {
    let (kind, rest) = data.split_first()?;
    if kind % 4 == 0 {
        return Some(rest.to_vec());
    }
    let ([sample, from, to], rest) = rest.split_first_chunk()?;
    let messages = &SERVER.messages;
    let sample = &messages[usize::from(*sample) % messages.len()];
    let place = |at: &u8| usize::from(*at) % (sample.len() + 1);
    let (from, to) = (place(from), place(to));
    let (head, tail) = (&sample[..from], &sample[to..]);
    Some([b"hd", head, rest, tail].concat())
}

fn answer(message: &[u8]) -> Vec<u8> {
    let mut out = b"before".to_vec();
    SERVER.host.answer(&SERVER.worker, message, &mut out);
    out.drain(..6);
    out
}

fuzz_target!(|data: &[u8]| {
    let Some(message) = message(data) else {
        return;
    };
    if message.len() > MESSAGE_MAX || is_slow(&message) {
        return;
    }
    let given = answer(&message);
    let Frame::Message(body, used) = Frame::first(&given) else {
        panic!("no whole answer");
    };
    assert_eq!(used, given.len());
    let head = message.len().min(2);
    assert_eq!(body[..head], message[..head]);
    let response = &body[head..];
    assert!(response.len() >= 4, "no code");
    assert!(
        response[..4].iter().all(u8::is_ascii_alphanumeric),
        "{:?}",
        &response[..4]
    );
    let known = |code: &[u8]| commands::all().find(|row| row.code.as_bytes() == code);
    match message.get(head..head + 2).and_then(known) {
        Some(row) => assert_eq!(&response[..2], row.response.as_bytes()),
        None => assert_eq!(&response[..4], b"ZZ15"),
    }
    assert_eq!(answer(b"hdB20002ok"), b"\0\x08hdB300ok");
});
