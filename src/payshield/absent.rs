//! Host commands, and parts of them, that are not there, and why.

/// Something that is not there.
#[derive(Clone, Copy, Debug)]
pub struct Absent {
    /// What it is.
    pub what: &'static str,
    /// The codes of commands that are not there at all, with spaces between; `Q0-Q8` is a range.
    pub codes: &'static str,
    /// Why.
    pub why: &'static str,
}

impl Absent {
    /// Whether the command with this code is one of them.
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.codes
            .split_ascii_whitespace()
            .any(|one| match one.split_once('-') {
                Some((first, last)) => {
                    let is_alike = code.len() == 2 && code.get(..1) == first.get(..1);
                    is_alike && (first..=last).contains(&code)
                }
                None => one == code,
            })
    }
}

/// All of them.
pub static ABSENT: &[Absent] = &[
    Absent {
        what: "A2, NE, OA, PE, TA, and PA, PC and LI, which tell the printer how",
        codes: "A2 NE OA PE PF TA PA PC LI",
        why: "there is no printer",
    },
    Absent {
        what: "PG, RC, QA, QC",
        codes: "PG RC QA QC",
        why: "they check and process what PE and OA printed: what check values and reference numbers of mailers are made \
              with is not public",
    },
    Absent {
        what: "Q0 to Q8",
        codes: "Q0-Q8",
        why: "audit records of the device: requests are public, records and their MACs are not; the log is a file of the \
              system",
    },
    Absent {
        what: "K0 to K8 but K2, IC, IE, I2 to I8, KE to KO, NY",
        codes: "K0-K1 K3-K8 IC IE I2-I8 KE KI KO NY",
        why: "card issuing: licensed commands, of which no layout is public but K0's, whose method is not",
    },
    Absent {
        what: "AS2805: C0 to C8, D0 to D8, E0 to E8, F0 to F8, H0 to H8, OI, OK, OU, OW, PI, PO, PU, PW",
        codes: "C0-C8 D0-D8 E0-E8 F0-F8 H0-H8 OI OK OU OW PI PO PU PW",
        why: "a licence of its own; no layout is public",
    },
    Absent {
        what: "B4, B8, QE (whose response is QF)",
        codes: "B4 B8 QE QF",
        why: "named in lists only; no layout is public",
    },
    Absent {
        what: "CS",
        codes: "CS",
        why: "which number names which field of the header is not public",
    },
    Absent {
        what: "A0 with derivation 1 (ZKA), export schemes V, P, Q, W",
        codes: "",
        why: "no layout of theirs is public; the schemes are answered with 26",
    },
    Absent {
        what: "the generating commands of older hosts, GG and GY under key-block LMKs",
        codes: "",
        why: "no header is told for the keys: A1. A0, A4 and A6 do it",
    },
    Absent {
        what: "key blocks of exportability N under a variant LMK",
        codes: "",
        why: "a variant LMK keeps no header: 29",
    },
    Absent {
        what: "ES",
        codes: "ES",
        why: "what stands behind the padding mode of the certificate's signature is not public",
    },
    Absent {
        what: "GI, GK",
        codes: "GI GK",
        why: "the forms of the blocks that hold a symmetric key (types 01 and 02) are not public, and sources do not agree \
              on their numbers",
    },
    Absent {
        what: "CO, GS, CG, EG, CE, GA, LC",
        codes: "CO GS CG EG CE GA LC",
        why: "Diebold's method: no algorithm is public",
    },
    Absent {
        what: "RY with flags other than 0 and 2, as for AEVV",
        codes: "",
        why: "no algorithm is public: 15",
    },
    Absent {
        what: "modes other than 0 and 1 of GO, GQ and GU",
        codes: "",
        why: "where the MAC that mode 2 makes stands, and of what it is, is not public: 05",
    },
    Absent {
        what: "MAC methods other than 1 in GW, GO, GQ and GU",
        codes: "",
        why: "no such method is public: 05",
    },
    Absent {
        what: "NG's reference number",
        codes: "",
        why: "proprietary: none is told",
    },
    Absent {
        what: "translations between formats that ISO 9564-1 and PCI do not have",
        codes: "",
        why: "23, unless `payshield.restrict_pin_blocks` is false",
    },
    Absent {
        what: "formats 34, 41 and 42 in PIN translation",
        codes: "",
        why: "for cards: KU has them; 23 elsewhere. Format 35 is a destination only",
    },
    Absent {
        what: "K2 mode 1",
        codes: "",
        why: "the MAC of the IPB under pair 18-19 is not public: 04",
    },
    Absent {
        what: "KY",
        codes: "KY",
        why: "the two public descriptions, of two generations of the device, contradict each other in most fields",
    },
    Absent {
        what: "KS",
        codes: "KS",
        why: "no layout is public",
    },
    Absent {
        what: "KQ modes 3 and 4",
        codes: "",
        why: "what the MAC of their discretionary data is made with is not public, and the one public message is \
              under an LMK that is not: 04",
    },
    Absent {
        what: "KW schemes above 3",
        codes: "",
        why: "which fields JCB's, UnionPay's and the later ones have is told by one client alone: 05",
    },
    Absent {
        what: "KU modes 1 and 3, scheme 2",
        codes: "",
        why: "one key for MAC and encryption: what stands behind the message is not public; nor is how American \
              Express's scripts are encrypted: 04, 05",
    },
    Absent {
        what: "PM's other schemes",
        codes: "",
        why: "what their fields mean is not public: 05",
    },
    Absent {
        what: "L0, LS, LU, LW, LY; HMAC in M6",
        codes: "L0 LS LU LW LY",
        why: "where LS has the HMAC, the form of the keys that L0 makes, and all fields of LU (import), LW (export) and LY \
              (translation) are not public; LQ makes HMACs",
    },
    Absent {
        what: "key type 10C (HMAC keys) under a variant LMK",
        codes: "",
        why: "how a key of any length stands encrypted under the pair 34-35 is not public: 28, and A1 in LQ, which takes \
              key blocks",
    },
    Absent {
        what: "FF1 and BPS in M0",
        codes: "",
        why: "lengths of their fields are not public; `CKM_VHSM_FF1` does it over PKCS#11",
    },
    Absent {
        what: "single DES data keys in M0, M2, M4",
        codes: "",
        why: "answered with 27",
    },
    Absent {
        what: "double and triple keys out under a single ZMK",
        codes: "",
        why: "27, unless `payment.weak_keys` is \"accept\": whoever breaks the ZMK has them",
    },
    Absent {
        what: "NI's counters of packets",
        codes: "",
        why: "the system keeps them for all programs together: they are zero",
    },
    Absent {
        what: "JK's links of console, manager, async and FICON",
        codes: "",
        why: "there are none: they are 0",
    },
    Absent {
        what: "PCI HSM compliance in NO",
        codes: "",
        why: "never told as compliant (1): a program is no approved device",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_named_by_themselves_and_in_ranges() {
        let why = |code: &str| ABSENT.iter().filter(|absent| absent.has(code)).count();
        for code in ["PE", "Q0", "Q5", "K8", "KY", "GI", "CS", "LU", "PO", "QF", "RC"] {
            assert_eq!(why(code), 1, "{code}");
        }
        for code in ["EC", "Q9", "Q05", "", "XX", "to", "data"] {
            assert_eq!(why(code), 0, "{code}");
        }
        for row in crate::payshield::commands::all() {
            assert_eq!(why(row.code), 0, "{} is there", row.code);
        }
    }
}
