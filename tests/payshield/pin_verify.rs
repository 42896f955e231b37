//! PIN verification: values of psec 1.3.0 where nothing else is said, keys under the TEST LMKs computed with Python's
//! `cryptography` after the key tables of `src/payment/lmk`, and traffic of a payShield with the TEST LMK 01
//! [softwaregroup-bg/ut-codec-payshield].

use crate::server::Server;

/// 0123456789ABCDEFFEDCBA9876543210 as ZPK, TPK and PVK under the variant LMK.
pub const ZPK: &str = "U063A0E7C0F2124E56192A4510F395ED7";
pub const TPK: &str = "U1750CDFB0757D3B3994430636DBB281B";
pub const PVK: &str = TPK;
/// 0123456789ABCDEF as PVK.
pub const PVK_SINGLE: &str = "FCBA7CF5972CF0DD";
/// The first one with a byte of even parity.
pub const ZPK_EVEN: &str = "U70056F9EC1C16FE66192A4510F395ED7";
pub const PVK_EVEN: &str = "U7E4BB5CFDED0ED73994430636DBB281B";
/// The same key in key blocks under the LMKs 01 and 02.
pub const ZPK_01: &str = "S0007272TB00E00016A54D4E79E1905CA1C2599660EB30A9C3002DEE023616FFE47A0A4C1";
pub const ZPK_02: &str =
    "S1009672TB00E00023ED3271905DA0400C408CD5043B06445B4B282C0BD4D36868EFFED97E1C2C7D6007C8373FAE8BED1";
pub const VISA_01: &str = "S00072V2TN00E0001D180A24B2F3B20D95B264CD9078FEAD1120A5B1D8422CAB2D559D6C7";
pub const VISA_02: &str =
    "S10096V2TN00E00020EA89DCDB6CF2ADCBD0498AD27C5731A8E0A1C4E12D04F64307FA22009BAAF35B0A9F870722933E9";
pub const IBM_01: &str = "S00072V1TN00E00011692BB8CA99CAF9260F5DA4E4D0176860FBD5B13882DD1F6492280BA";
pub const IBM_02: &str =
    "S10096V1TN00E0002E0518C2C7D31BCDC6EE8C84056D85BB7388E329FC0DE1BF9F5F26407CA47BFB41178F333A7DDB8FA";
pub const IBM_SINGLE_01: &str = "S00056V1DN00E000123BA8522F8DEB8E80278D81C1AF500179D41BDD5";
const CVK_01: &str = "S00072C0TN00E0001347FEC7058C24E2095069FE9FF2F594B22D35E11975B67578FFCFE79";

pub const ACCOUNT: &str = "401234567890";
/// Of the PINs 1234, 4321 and 123456 in format 01 under the first key.
pub const BLOCK: &str = "C03D21CDBCB0C58B";
pub const BLOCK_4321: &str = "82722B925C14573E";
pub const BLOCK_123456: &str = "19DA669D86940A82";
/// Of 1234 and another account.
pub const BLOCK_OF_OTHER: &str = "AA2F4034E5215D5B";
pub const TABLE: &str = "1234567890123456";
/// The table under the LMKs 01 and 02.
pub const TABLE_01: &str = "C9DF59A67019D387";
pub const TABLE_02: &str = "L0814641674A517725B8FD1B98C0CAA0B";
const VALIDATION: &str = "4012345678N0";

/// Keys of the traffic.
pub const TRAFFIC_ZPK: &str = "S00072P0TB00E0001EA421618B34F5FA1A77F7CF6480111B97CF0FAE7BD77D589EC921EF9";
pub const TRAFFIC_TPK: &str = "S0007271TN00E00019BAD23B0CEF79E33328CA0568A0E186FC17E8DE738AAF9FB67C6E1FF";
pub const TRAFFIC_IBM: &str = "S00072V1TN00E00010AE0AD2B1990AB407FAD15059E287760A05DF4DA2391EAB138877E22";
pub const TRAFFIC_VISA: &str = "S00072V2TN00E0001E80A2926443C3AF11BF0317C669FA0EA0E100ABDF92BF7A3AF232D4C";
pub const TRAFFIC_TABLE: &str = "709F26B22464E96A";

/// Every message and its answer.
pub fn check(server: &Server, cases: &[(String, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(message, answer)| (message, server.ask(message), answer))
        .filter(|(_, given, answer)| given != *answer)
        .map(|(message, given, answer)| format!("{message}: {given} for {answer}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Cut off at every place, a message is answered with a code that says so, and the connection stays.
pub fn check_cut(server: &Server, message: &str, response: &str) {
    for length in 2..message.len() {
        let given = server.ask(&message[..length]);
        let code = given.strip_prefix(response).unwrap();
        assert!(
            ["15", "20", "22", "23", "26", "14", "80"].contains(&code),
            "{}: {given}",
            &message[..length]
        );
    }
}

#[test]
fn pins_are_checked_against_visas_value() {
    let s = Server::start(&[]);
    let ask = |command: &str, key: &str, pvk: &str, rest: &str| format!("{command}{key}{pvk}{rest}");
    let right = format!("{BLOCK}01{ACCOUNT}15111");
    check(
        &s,
        &[
            (ask("EC", ZPK, PVK, &right), "ED00"),
            (ask("DC", TPK, PVK, &right), "DD00"),
            (ask("EC", ZPK_01, VISA_01, &format!("{right}%01")), "ED00"),
            (ask("EC", ZPK_02, VISA_02, &format!("{right}%02")), "ED00"),
            (ask("EC", ZPK, PVK, &format!("{BLOCK}01{ACCOUNT}15112")), "ED01"),
            (ask("EC", ZPK, PVK, &format!("{BLOCK}01{ACCOUNT}25111")), "ED01"),
            (
                ask("EC", ZPK, PVK, &format!("{BLOCK}01{ACCOUNT};{ACCOUNT}15111")),
                "ED00",
            ),
            // Of format 05 with the account of the value alone.
            (
                ask(
                    "EC",
                    ZPK,
                    PVK,
                    &format!("646855A2370347D805{ACCOUNT};55000002532111801"),
                ),
                "ED00",
            ),
            (
                ask("EC", ZPK, PVK, &format!("31CEAB4568EBDF0647{ACCOUNT}15111")),
                "ED00",
            ),
            (
                ask("EC", ZPK, PVK, &format!("4F9ABD367CCED1A703{ACCOUNT}15111")),
                "ED00",
            ),
        ],
    );
}

#[test]
fn refusals_of_visas_value_have_their_codes() {
    let s = Server::start(&[]);
    let right = format!("{BLOCK}01{ACCOUNT}15111");
    check(
        &s,
        &[
            (format!("EC{ZPK_EVEN}{PVK}{right}"), "ED10"),
            (format!("EC{ZPK}{PVK_EVEN}{right}"), "ED11"),
            // The account of another customer: attacks that change it learn nothing but this.
            (format!("EC{ZPK}{PVK}{BLOCK}01{}15111", "401234567891"), "ED20"),
            (format!("EC{ZPK}{PVK}{BLOCK_OF_OTHER}01{ACCOUNT}15111"), "ED20"),
            (format!("EC{ZPK}{PVK}{BLOCK}47{ACCOUNT}15111"), "ED20"),
            (format!("EC{ZPK}{PVK}{BLOCK}99{ACCOUNT}15111"), "ED23"),
            (format!("EC{ZPK}{PVK}{BLOCK}34{ACCOUNT}15111"), "ED23"),
            (format!("EC{ZPK}{PVK}{BLOCK}35{ACCOUNT}15111"), "ED23"),
            (format!("EC{ZPK}{PVK}{BLOCK}41{ACCOUNT}15111"), "ED23"),
            (format!("EC{ZPK}{PVK}{BLOCK}42{ACCOUNT}15111"), "ED23"),
            (format!("EC{ZPK}{PVK}{BLOCK}0140123456789X15111"), "ED22"),
            (format!("EC{ZPK}{PVK}{BLOCK}01{ACCOUNT}X5111"), "ED15"),
            (
                format!("EC{ZPK}{PVK}{}01{ACCOUNT}15111", "C03D21CDBCB0C58X"),
                "ED15",
            ),
            (format!("EC{ZPK}{PVK}{right}more"), "ED15"),
            (format!("EC?{PVK}{right}"), "ED26"),
            (format!("EC{ZPK}Z{PVK_SINGLE}{right}"), "ED27"),
            (format!("EC{ZPK}{PVK}{right}%77"), "ED13"),
            (format!("EC{ZPK}{PVK}{right}%01"), "EDA1"),
            (format!("EC{ZPK_01}{VISA_01}{right}"), "EDA1"),
            (format!("EC{ZPK_01}{VISA_01}{right}%02"), "EDA2"),
            (format!("EC{ZPK_01}{IBM_01}{right}%01"), "EDA6"),
            (format!("EC{VISA_01}{VISA_01}{right}%01"), "EDA6"),
            (format!("EC{ZPK_01}{CVK_01}{right}%01"), "EDA6"),
            // A ZPK that only encrypts.
            (
                format!(
                    "ECS0007272TE00E00016A54D4E79E1905CA1C2599660EB30A9C3002DEE023616FFE350DDA66{VISA_01}{right}%01"
                ),
                "EDA8",
            ),
            (
                format!("EC{}{VISA_01}{right}%01", ZPK_01.replace("47A0A4C1", "47A0A4C2")),
                "EDA4",
            ),
        ],
    );
    check_cut(&s, &format!("EC{ZPK}{PVK}{right}"), "ED");
    check_cut(&s, &format!("DC{TPK}{PVK}{right}"), "DD");
    assert_eq!(s.ask(&format!("EC{ZPK}{PVK}{right}")), "ED00");
}

#[test]
fn pins_are_checked_against_ibms_offset() {
    let s = Server::start(&[]);
    let ask = |command: &str, key: &str, pvk: &str, rest: &str| format!("{command}{key}{pvk}12{rest}");
    let value = |table: &str, offset: &str| format!("{BLOCK}0104{ACCOUNT}{table}{VALIDATION}{offset}");
    check(
        &s,
        &[
            (ask("EA", ZPK, PVK, &value(TABLE, "9026FFFFFFFF")), "EB02"),
            (ask("DA", TPK, PVK, &value(TABLE, "9026FFFFFFFF")), "DB02"),
            (ask("EA", ZPK, PVK_SINGLE, &value(TABLE, "2785FFFFFFFF")), "EB00"),
            (ask("EA", ZPK, PVK, &value(TABLE, "9027FFFFFFFF")), "EB01"),
            (
                ask(
                    "EA",
                    ZPK,
                    PVK,
                    &format!("{BLOCK}0104{ACCOUNT}{TABLE}P11223344556677887710FFFFFFFF"),
                ),
                "EB02",
            ),
            (
                ask(
                    "EA",
                    ZPK,
                    PVK,
                    &format!("{BLOCK_123456}0106{ACCOUNT}{TABLE}P1122334455667788771038FFFFFF"),
                ),
                "EB02",
            ),
            // The maximum that the messages tell.
            (
                format!("EA{ZPK}{PVK}06{BLOCK_123456}0106{ACCOUNT}{TABLE}P1122334455667788771038FFFFFF"),
                "EB02",
            ),
            (
                format!("EA{ZPK}{PVK}04{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}9026FFFFFFFF"),
                "EB02",
            ),
            (
                ask(
                    "EA",
                    ZPK_01,
                    IBM_SINGLE_01,
                    &format!("{}%01", value(TABLE_01, "2785FFFFFFFF")),
                ),
                "EB00",
            ),
            (
                ask(
                    "EA",
                    ZPK_01,
                    IBM_01,
                    &format!("{}%01", value(TABLE, "9026FFFFFFFF")),
                ),
                "EB02",
            ),
            (
                ask(
                    "EA",
                    ZPK_02,
                    IBM_02,
                    &format!("{}%02", value(TABLE_02, "9026FFFFFFFF")),
                ),
                "EB02",
            ),
            // Encrypted tables of a payShield.
            (
                format!(
                    "EA{TRAFFIC_ZPK}{TRAFFIC_IBM}12967CDB6E3D492E280106850103093936{TRAFFIC_TABLE}50103093936N309783FFFFFF%01"
                ),
                "EB02",
            ),
            (
                format!(
                    "DA{TRAFFIC_TPK}S00072V1TN00E00019412BA0AB9D9377261D2CDDB1C4A063ABF35B4CB9E98F7948A501DA212E5B0C1445E4C57AF\
                     0106600000000000{TRAFFIC_TABLE}1234560000N0093636FFFFFF%01"
                ),
                "DB02",
            ),
        ],
    );
}

#[test]
fn refusals_of_ibms_offset_have_their_codes() {
    let s = Server::start(&[]);
    let end = "9026FFFFFFFF";
    check(
        &s,
        &[
            (
                format!("EA{ZPK_EVEN}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "EB10",
            ),
            (
                format!("EA{ZPK}{PVK_EVEN}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "EB11",
            ),
            (
                format!("EA{ZPK}{PVK}13{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "EB24",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0103{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "EB15",
            ),
            // PINs of six digits where there are five at the most, whatever their offset.
            (
                format!("EA{ZPK}{PVK}05{BLOCK_123456}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "EB24",
            ),
            (
                format!("DA{TPK}{PVK}05{BLOCK_123456}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "DB24",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0106{ACCOUNT}{TABLE}{VALIDATION}902619FFFFFF"),
                "EB24",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}401234567800{end}"),
                "EB15",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}90260FFFFFFF"),
                "EB15",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}902FFFFFFFFF"),
                "EB15",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK_OF_OTHER}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
                "EB20",
            ),
            // Tables that tell the PIN: too plain in the clear, and encrypted.
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}0000000000000000{VALIDATION}{end}"),
                "EB25",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}0000000000000001{VALIDATION}{end}"),
                "EB25",
            ),
            (
                format!("EA{ZPK_01}{IBM_01}12{BLOCK}0104{ACCOUNT}9FF0F8FB53A9F319{VALIDATION}{end}%01"),
                "EB25",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE_01}{VALIDATION}{end}"),
                "EB25",
            ),
            (
                format!("EA{ZPK_02}{IBM_02}12{BLOCK}0104{ACCOUNT}{TABLE_01}{VALIDATION}{end}%02"),
                "EB25",
            ),
            (
                format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}K123{VALIDATION}{end}"),
                "EB12",
            ),
            (
                format!("EA{ZPK_01}{VISA_01}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}{end}%01"),
                "EBA6",
            ),
        ],
    );
    check_cut(
        &s,
        &format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
        "EB",
    );
    check_cut(
        &s,
        &format!("DA{TPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}{end}"),
        "DB",
    );
}

#[test]
fn customers_choose_pins_and_change_them() {
    let s = Server::start(&[]);
    let ibm = format!("0104{ACCOUNT}{TABLE}{VALIDATION}");
    check(
        &s,
        &[
            (format!("FW001{ZPK}{PVK}{BLOCK}01{ACCOUNT}1"), "FX005111"),
            (format!("FW002{TPK}{PVK}{BLOCK}01{ACCOUNT}1"), "FX005111"),
            (
                format!("FWFFF{ZPK_02}{VISA_02}{BLOCK}01{ACCOUNT}1%02"),
                "FX005111",
            ),
            (
                format!("FW001{ZPK}{PVK}{BLOCK}01{ACCOUNT}1*02044321{}", "1111"),
                "FX005111",
            ),
            (
                format!("FW001{ZPK}{PVK}{BLOCK}01{ACCOUNT}1*02041234{}", "1111"),
                "FX86",
            ),
            (format!("FW003{ZPK}{PVK}{BLOCK}01{ACCOUNT}1"), "FX28"),
            (format!("FWFFF{ZPK}{PVK}{BLOCK}01{ACCOUNT}1"), "FX28"),
            (format!("FW001{ZPK_02}{VISA_02}{BLOCK}01{ACCOUNT}1%02"), "FX28"),
            (format!("FW001{ZPK_EVEN}{PVK}{BLOCK}01{ACCOUNT}1"), "FX10"),
            (format!("FW001{ZPK}{PVK}{BLOCK_OF_OTHER}01{ACCOUNT}1"), "FX20"),
            (
                format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}15111{BLOCK_4321}"),
                "CV008539",
            ),
            (
                format!("CU002{TPK}{PVK}{BLOCK}01{ACCOUNT}15111{BLOCK_4321}"),
                "CV008539",
            ),
            (
                format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}15112{BLOCK_4321}"),
                "CV01",
            ),
            (
                format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}15111{BLOCK_OF_OTHER}"),
                "CV20",
            ),
            (
                format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}15111{BLOCK_4321}*01044321"),
                "CV86",
            ),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}"), "BL029026FFFFFFFF"),
            (format!("BK001{ZPK}{PVK_SINGLE}{BLOCK}{ibm}"), "BL002785FFFFFFFF"),
            (format!("BK009{ZPK}{PVK}{BLOCK}{ibm}"), "BL28"),
            // The count is none, there are fewer PINs, there are more.
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*0X041234"), "BL03"),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*02041234"), "BL03"),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*02041234%00"), "BL03"),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*010443211234"), "BL03"),
            (
                format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*01044321%00"),
                "BL029026FFFFFFFF",
            ),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*010X1234"), "BL15"),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}more"), "BL15"),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*01041234"), "BL86"),
            (format!("BK001{ZPK}{PVK}{BLOCK}{ibm}*0103123"), "BL24"),
            (
                format!("DU001{ZPK}{PVK}{BLOCK}{ibm}9026FFFFFFFF{BLOCK_4321}"),
                "DV022113FFFFFFFF",
            ),
            (
                format!("DU001{ZPK}{PVK_SINGLE}{BLOCK}{ibm}2785FFFFFFFF{BLOCK_4321}"),
                "DV005872FFFFFFFF",
            ),
            (
                format!("DU001{ZPK}{PVK}{BLOCK}{ibm}9027FFFFFFFF{BLOCK_4321}"),
                "DV01",
            ),
            (
                format!("DU001{ZPK}{PVK}{BLOCK}{ibm}9026FFFFFFFF{BLOCK_4321}*01044321"),
                "DV86",
            ),
            // Traffic of a payShield, with the table encrypted.
            (
                format!(
                    "BKFFF{TRAFFIC_ZPK}{TRAFFIC_IBM}967CDB6E3D492E280106850103093936{TRAFFIC_TABLE}50103093936N%01"
                ),
                "BL02309783FFFFFF",
            ),
            (
                format!(
                    "BKFFF{TRAFFIC_ZPK}{TRAFFIC_IBM}FC99D994F1D3D3B80106600000000000{TRAFFIC_TABLE}0000000000N0%01"
                ),
                "BL02035965FFFFFF",
            ),
            (
                format!(
                    "DUFFF{TRAFFIC_ZPK}{TRAFFIC_IBM}967CDB6E3D492E280106850103093936{TRAFFIC_TABLE}50103093936N309783FFFFFF\
                     967CDB6E3D492E28%01"
                ),
                "DV02309783FFFFFF",
            ),
            (
                format!(
                    "FWFFFS0007272TN00E0001DE16F028F38CC385436D8E5B3DD4341F3E55379FBCB39710FE2BB6B4{TRAFFIC_VISA}766532A20A0A264B\
                     016000000000001%01"
                ),
                "FX007547",
            ),
        ],
    );
    check_cut(
        &s,
        &format!("DU001{ZPK}{PVK}{BLOCK}{ibm}9026FFFFFFFF{BLOCK_4321}"),
        "DV",
    );
    check_cut(
        &s,
        &format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}15111{BLOCK_4321}"),
        "CV",
    );
}

/// What stands 32 digits behind the beginning of a block of 16 digits is no format, though it may be 48.
#[test]
fn digits_that_look_like_a_format_are_none() {
    let s = Server::start(&[]);
    let table = "4812305679120356";
    let under_other = format!("{BLOCK}0104{ACCOUNT}{table}{VALIDATION}");
    let offset = s.ask(&format!("BK001{ZPK}{PVK}{under_other}"));
    let offset = offset.strip_prefix("BL02").unwrap();
    check(
        &s,
        &[
            (format!("EC{ZPK}{PVK}{BLOCK}01{ACCOUNT}11480"), "ED01"),
            (format!("EC{ZPK_01}{VISA_01}{BLOCK}01{ACCOUNT}19489%01"), "ED01"),
            (
                format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}11480{BLOCK_4321}"),
                "CV01",
            ),
            (format!("EA{ZPK}{PVK}12{under_other}{offset}"), "EB02"),
            // Of a DES key there are no blocks of 32 digits.
            (format!("EC{ZPK}{PVK}{BLOCK}{BLOCK}484012345678909;15111"), "ED23"),
        ],
    );
}

#[test]
fn a_loaded_table_excludes_pins_everywhere() {
    let s = Server::start(&[]);
    let fw = format!("FW001{ZPK}{PVK}{BLOCK}01{ACCOUNT}1");
    check(
        &s,
        &[
            ("BM0204123499999".into(), "BN15"),
            ("BM021212341234".into(), "BN15"),
            ("BM02031231234".into(), "BN24"),
            ("BM01045111%09".into(), "BN13"),
            ("BM020412340000".into(), "BN00"),
            (fw.clone(), "FX86"),
            (
                format!("CU001{ZPK}{PVK}{BLOCK_4321}01{ACCOUNT}18539{BLOCK}"),
                "CV86",
            ),
            (format!("{fw}*01044321"), "FX86"),
            (
                format!("FW001{ZPK}{PVK}{BLOCK_4321}01{ACCOUNT}1*01044321"),
                "FX86",
            ),
            (format!("FW001{ZPK}{PVK}{BLOCK_4321}01{ACCOUNT}1"), "FX008539"),
            ("BM0004".into(), "BN00"),
            (fw, "FX005111"),
        ],
    );
}

#[test]
fn everything_is_approved_where_that_is_asked_for() {
    let s = Server::start(&["--approve-all"]);
    assert_eq!(s.ask(&format!("EC{ZPK}{PVK}{BLOCK}01{ACCOUNT}15112")), "ED00");
    assert_eq!(
        s.ask(&format!(
            "EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}{VALIDATION}9027FFFFFFFF"
        )),
        "EB02"
    );
    // There is no new value without the right PIN.
    assert_eq!(
        s.ask(&format!("CU001{ZPK}{PVK}{BLOCK}01{ACCOUNT}15112{BLOCK_4321}")),
        "CV01"
    );
}
