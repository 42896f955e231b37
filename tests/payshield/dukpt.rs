//! PINs and MACs of DUKPT: the examples of ANSI X9.24-1 (recomputed with Python's `cryptography`), and traffic of a
//! payShield.

use crate::pin_verify::{
    ACCOUNT, BLOCK, PVK, PVK_EVEN, PVK_SINGLE, TABLE, TRAFFIC_IBM, TRAFFIC_TABLE, TRAFFIC_VISA, ZPK, ZPK_01,
    check, check_cut,
};
use crate::server::Server;

/// The base derivation key of X9.24's examples as BDK-1, and with a byte of even parity.
const BDK: &str = "U8E3D3E2FD5919657F05A1AA90D32A014";
const BDK_EVEN: &str = "UB8D47AD8853CA022F05A1AA90D32A014";
const BDK_01: &str = "S00072B0TN00E000131DA75EF5C4F81CB845AF77D1804C4F62F6CC6E47866CA2B2B01A32F";
const BDK_02: &str =
    "S10096B0TN00E0002D87DC769C95B18C8017242E4B561E9773D5C5DB6925CD8AC687FA3C27334441EFFC8580025EF11EB";
/// The same key as BDK-2 and BDK-4, and in key blocks of BDK-1 and BDK-2 under LMK 01.
const BDK_OF_TYPE_2: &str = "UFE4161E9CF7373ADA1552DECF70AF76E";
const BDK_OF_TYPE_4: &str = "U0128D871D75B741A1EDFA4EEFC0C046B";
const BLOCK_OF_TYPE_2: &str = "S0007241TN00E000191EB60A00CD2281561E10DA7764670ECB4FB8BF2F45B7BAE7774BC68";
const KSN: &str = "A05FFFF9876543210E00001";
const FROM_DEVICE: &str = "1B9C1845EB993A7A";
const FROM_DEVICE_2: &str = "10A01C8D02C69107";
const TRAFFIC_BDK: &str = "S00072B0TN00E0001566678078B5337915F4860C92F3FF2D6A6B11E8786F22DC8032EB758";
const TRAFFIC_KSN: &str = "A05FFFF000001315240003A";
const TRAFFIC_BLOCK: &str = "741311DA9D5D6C32";

#[test]
fn pins_of_devices_are_translated() {
    let s = Server::start(&[]);
    let there = format!("CJ0004{BLOCK}01");
    let there = there.as_str();
    check(
        &s,
        &[
            (format!("CI{BDK}{ZPK}{KSN}{FROM_DEVICE}01{ACCOUNT}"), there),
            (
                format!("CI{BDK_01}{ZPK_01}{KSN}{FROM_DEVICE}01{ACCOUNT}%01"),
                there,
            ),
            // The same KSN under descriptors of other lengths, filled and not.
            (
                format!("CI{BDK}{ZPK}605FFFF9876543210E00001{FROM_DEVICE}01{ACCOUNT}"),
                there,
            ),
            (
                format!("CI{BDK}{ZPK}6059876543210E00001{FROM_DEVICE}01{ACCOUNT}"),
                there,
            ),
            (
                format!("CI{BDK}{ZPK}609FFFF9876543210E00001{FROM_DEVICE}01{ACCOUNT}"),
                there,
            ),
            (
                format!("CI{BDK}{ZPK}906FFFF9876543210E00001{FROM_DEVICE}01{ACCOUNT}"),
                there,
            ),
            (
                format!("G0{BDK}{ZPK}{KSN}{FROM_DEVICE}0101{ACCOUNT}"),
                &there.replace("CJ", "G1"),
            ),
            (
                format!("G0*{BDK}*{BDK}{KSN}A05FFFF9876543210E00002{FROM_DEVICE}0101{ACCOUNT}"),
                &format!("G10004{FROM_DEVICE_2}01"),
            ),
            (
                format!(
                    "G0{BDK_02}{BDK_02}{KSN}A05FFFF9876543210E00002{FROM_DEVICE}0101{ACCOUNT};{ACCOUNT}%02"
                ),
                &format!("G10004{FROM_DEVICE_2}01"),
            ),
            // Traffic.
            (
                format!(
                    "G0{TRAFFIC_BDK}S00072B0TN00E0001134E8D68D46BC8356F84F598155A1B5C44199D9847A2A58B64BE091F{TRAFFIC_KSN}\
                     {TRAFFIC_KSN}{TRAFFIC_BLOCK}0101600000000000%01"
                ),
                "G10006BBF74DF0FFA00ED101",
            ),
            (
                format!(
                    "G0{TRAFFIC_BDK}S0007272TN00E0001DE16F028F38CC385436D8E5B3DD4341F3E55379FBCB39710FE2BB6B4{TRAFFIC_KSN}\
                     {TRAFFIC_BLOCK}0101600000000000%01"
                ),
                "G10006766532A20A0A264B01",
            ),
        ],
    );
}

#[test]
fn pins_of_devices_are_checked() {
    let s = Server::start(&[]);
    let ibm = format!("04{ACCOUNT}{TABLE}4012345678N0");
    check(
        &s,
        &[
            (format!("CM{BDK}{PVK}{KSN}{FROM_DEVICE}{ACCOUNT}15111"), "CN00"),
            (format!("CM{BDK}{PVK}{KSN}{FROM_DEVICE}{ACCOUNT}15112"), "CN01"),
            (format!("GQ0{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}15111"), "GR00"),
            (format!("CK{BDK}{PVK}{KSN}{FROM_DEVICE}{ibm}9026FFFFFFFF"), "CL02"),
            (
                format!("CK{BDK}{PVK_SINGLE}{KSN}{FROM_DEVICE}{ibm}2785FFFFFFFF"),
                "CL00",
            ),
            (format!("CK{BDK}{PVK}{KSN}{FROM_DEVICE}{ibm}9027FFFFFFFF"), "CL01"),
            (
                format!("GO0{BDK}{PVK}{KSN}{FROM_DEVICE}01{ibm}9026FFFFFFFF"),
                "GP02",
            ),
            // With a MAC: X9.24-1's example.
            (
                format!(
                    "GQ111{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151119CCC78173FC4FB6400114012345678909D987"
                ),
                "GR0000",
            ),
            (
                format!(
                    "GQ111{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151129CCC78173FC4FB6400114012345678909D987"
                ),
                "GR0100",
            ),
            (
                format!(
                    "GQ111{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151119CCC78173FC4FB6500114012345678909D987"
                ),
                "GR0001",
            ),
            (
                format!("GQ121{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151119CCC781700114012345678909D987"),
                "GR0000",
            ),
            (
                format!("GQ131{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151113FC4FB6400114012345678909D987"),
                "GR0000",
            ),
            (
                format!("GQ131{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151119CCC781700114012345678909D987"),
                "GR0001",
            ),
            (
                format!("GQ141{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151119CCC781700114012345678909D987"),
                "GR05",
            ),
            // Traffic.
            (
                format!("GQ0{TRAFFIC_BDK}{TRAFFIC_VISA}{TRAFFIC_KSN}{TRAFFIC_BLOCK}0160000000000017547%01"),
                "GR00",
            ),
            (
                format!(
                    "GO0{TRAFFIC_BDK}{TRAFFIC_IBM}{TRAFFIC_KSN}{TRAFFIC_BLOCK}0106600000000000{TRAFFIC_TABLE}0000000000N0\
                     035965FFFFFF%01"
                ),
                "GP02",
            ),
        ],
    );
}

#[test]
fn pins_of_devices_are_compared() {
    let s = Server::start(&[]);
    let pin = s.ask(&format!("JE{ZPK}{BLOCK}01{ACCOUNT}"));
    let pin = pin.strip_prefix("JF00").unwrap();
    check(
        &s,
        &[
            (format!("CQ{BDK}{KSN}{FROM_DEVICE}{ACCOUNT}{pin}"), "CR00"),
            (format!("GU0{BDK}{KSN}{FROM_DEVICE}01{ACCOUNT}{pin}"), "GV00"),
            (format!("GU0{BDK}{KSN}{FROM_DEVICE_2}01{ACCOUNT}{pin}"), "GV20"),
        ],
    );
}

#[test]
fn macs_of_devices_are_made_and_checked() {
    let s = Server::start(&[]);
    let data = "00114012345678909D987";
    check(
        &s,
        &[
            (format!("GW41{BDK}{KSN}{data}"), "GX009CCC78173FC4FB64"),
            (format!("GW11{BDK}{KSN}9CCC78173FC4FB64{data}"), "GX00"),
            (format!("GW11{BDK}{KSN}9CCC78173FC4FB65{data}"), "GX01"),
            (format!("GW41{BDK_02}{KSN}{data}%02"), "GX009CCC78173FC4FB64"),
            // Base24 has the first half with what is approved, the last half with what is declined.
            (format!("GW51{BDK}{KSN}{data}"), "GX009CCC7817"),
            (format!("GW61{BDK}{KSN}{data}"), "GX003FC4FB64"),
            (format!("GW21{BDK}{KSN}9CCC7817{data}"), "GX00"),
            (format!("GW31{BDK}{KSN}3FC4FB64{data}"), "GX00"),
            (format!("GW21{BDK}{KSN}3FC4FB64{data}"), "GX01"),
            (format!("GW31{BDK}{KSN}9CCC7817{data}"), "GX01"),
            (format!("GW61{BDK_02}{KSN}{data}%02"), "GX003FC4FB64"),
            (format!("GW71{BDK}{KSN}{data}"), "GX05"),
            (format!("GW42{BDK}{KSN}{data}"), "GX05"),
            (format!("GW41{BDK_EVEN}{KSN}{data}"), "GX10"),
            (format!("GW41{BDK}{KSN}00124012345678909D987"), "GX80"),
            (format!("GW41{BDK}{KSN}00104012345678909D987"), "GX15"),
        ],
    );
    // A message may hold any bytes.
    let mut message = format!("0000GW41{BDK}{KSN}0005").into_bytes();
    message.extend([0xab, 0xcd, 0xef, 0x12, 0x34]);
    assert_eq!(s.ask_bytes(&message), b"0000GX00B1DC3404B70C7B17");
}

/// The MACs of request and response are those of the examples of ANSI X9.24-1.
#[test]
fn base_keys_of_other_types_have_a_flag() {
    let s = Server::start(&[]);
    let data = "00114012345678909D987";
    let (request, response) = ("9CCC78173FC4FB64", "20364223C1FF00FA");
    let pin = s.ask(&format!("JE{ZPK}{BLOCK}01{ACCOUNT}"));
    let pin = pin.strip_prefix("JF00").unwrap();
    let translated = s.ask(&format!("CI{BDK}{ZPK}{KSN}{FROM_DEVICE}01{ACCOUNT}"));
    let verified = s.ask(&format!("CM{BDK}{PVK}{KSN}{FROM_DEVICE}{ACCOUNT}15111"));
    assert_eq!(verified, "CN00");
    for (flag, bdk) in [("*", BDK), ("~", BDK_OF_TYPE_2), ("!", BDK_OF_TYPE_4)] {
        let ibm = format!("04{ACCOUNT}{TABLE}4012345678N09026FFFFFFFF");
        let visa = format!("{ACCOUNT}15111");
        let of_request = format!("{request}{data}");
        for (message, answer) in [
            (
                format!("CI{flag}{bdk}{ZPK}{KSN}{FROM_DEVICE}01{ACCOUNT}"),
                translated.as_str(),
            ),
            (format!("CK{flag}{bdk}{PVK}{KSN}{FROM_DEVICE}{ibm}"), "CL02"),
            (format!("CM{flag}{bdk}{PVK}{KSN}{FROM_DEVICE}{visa}"), "CN00"),
            (format!("CQ{flag}{bdk}{KSN}{FROM_DEVICE}{ACCOUNT}{pin}"), "CR00"),
            (format!("GO0{flag}{bdk}{PVK}{KSN}{FROM_DEVICE}01{ibm}"), "GP02"),
            (format!("GQ0{flag}{bdk}{PVK}{KSN}{FROM_DEVICE}01{visa}"), "GR00"),
            (
                format!("GQ111{flag}{bdk}{PVK}{KSN}{FROM_DEVICE}01{visa}{of_request}"),
                "GR0000",
            ),
            (
                format!("GU0{flag}{bdk}{KSN}{FROM_DEVICE}01{ACCOUNT}{pin}"),
                "GV00",
            ),
            (format!("GW11{flag}{bdk}{KSN}{of_request}"), "GX00"),
        ] {
            assert_eq!(s.ask(&message), answer, "{message}");
        }
    }
    let of_another_type = [
        (
            format!("GQ0{BDK_OF_TYPE_2}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}15111"),
            "GR10",
        ),
        (
            format!("GQ0~{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}15111"),
            "GR10",
        ),
        (
            format!("GQ0?{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}15111"),
            "GR26",
        ),
    ];
    check(&s, &of_another_type);
    // One key both ways has a BDK-1 alone: MACs under the others are those of responses.
    for (message, mac) in [
        (format!("GW41*{BDK}{KSN}{data}"), request),
        (format!("GW41{BDK_01}{KSN}{data}%01"), request),
        (format!("GW41~{BDK_OF_TYPE_2}{KSN}{data}"), response),
        (format!("GW41!{BDK_OF_TYPE_4}{KSN}{data}"), response),
        (format!("GW41{BLOCK_OF_TYPE_2}{KSN}{data}%01"), response),
    ] {
        assert_eq!(s.ask(&message), format!("GX00{mac}"), "{message}");
    }
    // Data likewise.
    let encrypted = |key: &str, lmk: &str| s.ask(&format!("M00011{key}{KSN}0010{}{lmk}", "4012345678909D98"));
    let of_a_response = encrypted(&format!("609{BDK_OF_TYPE_2}"), "");
    assert_eq!(encrypted(&format!("FFF{BLOCK_OF_TYPE_2}"), "%01"), of_a_response);
    let of_a_request = encrypted(&format!("009{BDK}"), "");
    assert_eq!(encrypted(&format!("FFF{BDK_01}"), "%01"), of_a_request);
    assert_ne!(of_a_request, of_a_response);
    assert!(of_a_response.starts_with("M1000010"), "{of_a_response}");
}

#[test]
fn refusals_have_their_codes() {
    let s = Server::start(&[]);
    check(
        &s,
        &[
            (format!("CI{BDK_EVEN}{ZPK}{KSN}{FROM_DEVICE}01{ACCOUNT}"), "CJ10"),
            (format!("CI{ZPK}{ZPK}{KSN}{FROM_DEVICE}01{ACCOUNT}"), "CJ10"),
            (
                format!("CM{BDK}{PVK_EVEN}{KSN}{FROM_DEVICE}{ACCOUNT}15111"),
                "CN11",
            ),
            (
                format!("CI{BDK}{ZPK}A06FFFF9876543210E00001{FROM_DEVICE}01{ACCOUNT}"),
                "CJ15",
            ),
            (
                format!("CI{BDK}{ZPK}A05FFFF9876543210E0000X{FROM_DEVICE}01{ACCOUNT}"),
                "CJ15",
            ),
            // A counter that no device uses, and none at all.
            (
                format!("CI{BDK}{ZPK}A05FFFF9876543210FFFFFF{FROM_DEVICE}01{ACCOUNT}"),
                "CJ15",
            ),
            (
                format!("CI{BDK}{ZPK}A05FFFF9876543210E00000{FROM_DEVICE}01{ACCOUNT}"),
                "CJ15",
            ),
            // Another transaction, account, format.
            (
                format!("CI{BDK}{ZPK}A05FFFF9876543210E00002{FROM_DEVICE}01{ACCOUNT}"),
                "CJ20",
            ),
            (format!("CI{BDK}{ZPK}{KSN}{FROM_DEVICE}01401234567891"), "CJ20"),
            (format!("CI{BDK}{ZPK}{KSN}{FROM_DEVICE}05{ACCOUNT}"), "CJ23"),
            (format!("G0{BDK}{ZPK}{KSN}{FROM_DEVICE}0105{ACCOUNT}"), "G123"),
            (
                format!("G0{BDK}{ZPK}{KSN}{FROM_DEVICE}0101{ACCOUNT};401234567891"),
                "G123",
            ),
            (format!("GQ2{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}15111"), "GR05"),
            (
                format!("CI{ZPK_01}{ZPK_01}{KSN}{FROM_DEVICE}01{ACCOUNT}%01"),
                "CJA6",
            ),
        ],
    );
    check_cut(&s, &format!("CI{BDK}{ZPK}{KSN}{FROM_DEVICE}01{ACCOUNT}"), "CJ");
    check_cut(&s, &format!("G0{BDK}{ZPK}{KSN}{FROM_DEVICE}0101{ACCOUNT}"), "G1");
    check_cut(&s, &format!("CM{BDK}{PVK}{KSN}{FROM_DEVICE}{ACCOUNT}15111"), "CN");
    check_cut(&s, &format!("GW41{BDK}{KSN}00114012345678909D987"), "GX");
}

/// GW takes the initial key for a counter of 0; other commands do not.
#[test]
fn a_counter_of_0_is_taken_by_gw_alone() {
    let s = Server::start(&[]);
    let zero = KSN.replace("E00001", "E00000");
    let made = s.ask(&format!("GW41{BDK}{zero}00114012345678909D987"));
    assert_eq!((&made[..4], made.len()), ("GX00", 20), "{made}");
    check(
        &s,
        &[
            (format!("G0{BDK}{ZPK}{zero}{FROM_DEVICE}0101{ACCOUNT}"), "G115"),
            (format!("CI{BDK}{ZPK}{zero}{FROM_DEVICE}01{ACCOUNT}"), "CJ15"),
            (format!("M00011009{BDK}{zero}00101234567890123456"), "M115"),
            (
                format!("GQ0{BDK}{PVK}{zero}{FROM_DEVICE}01{ACCOUNT}15111"),
                "GR15",
            ),
            (format!("GQ2{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}15111"), "GR05"),
        ],
    );
}

#[test]
fn wrong_macs_are_approved_where_that_is_asked_for() {
    let s = Server::start(&["--approve-all"]);
    check(
        &s,
        &[(
            format!("GQ111{BDK}{PVK}{KSN}{FROM_DEVICE}01{ACCOUNT}151129CCC78173FC4FB6500114012345678909D987"),
            "GR0000",
        )],
    );
}
