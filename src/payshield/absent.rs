//! Host commands, and parts of them, that are not there, and why.

/// Something that is not there.
#[derive(Clone, Copy, Debug)]
pub struct Absent {
    /// Commands by their codes, or what of a command.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

impl Absent {
    /// Whether it names this command, in a range (`Q0 to Q8`) or by itself.
    #[must_use]
    pub fn names(&self, code: &str) -> bool {
        let words: Vec<&str> = self
            .what
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let is_there = words.iter().any(|word| word.eq_ignore_ascii_case(code));
        is_there
            || words.windows(3).any(|three| match three {
                [first, "to", last] if first.len() == 2 && last.len() == 2 => {
                    let code = code.to_ascii_uppercase();
                    first.get(..1) == code.get(..1) && (*first..=*last).contains(&code.as_str())
                }
                _ => false,
            })
    }
}

/// All of them.
pub static ABSENT: &[Absent] = &[
    Absent {
        what: "PE, PF, OA, PA, PC, TA, A2 and other printing commands",
        why: "there is no printer",
    },
    Absent {
        what: "Q0 to Q8",
        why: "audit records of the device; the log is a file of the system",
    },
    Absent {
        what: "K0 to K8, IA to I8, KE to KO, NY",
        why: "card issuing: licensed commands of which no layout is public",
    },
    Absent {
        what: "C0 to C8, D0 to D8, E0 to E8, F0 to F8, H0 to H8, O and P families of AS2805",
        why: "a licence of its own; no layout is public",
    },
    Absent {
        what: "B4, B8, QE",
        why: "named in lists only; no layout is public",
    },
    Absent {
        what: "CS, LO",
        why: "the numbers of CS's change field, and how LO migrates tables, are not public",
    },
    Absent {
        what: "A0 with derivation 1 (ZKA), export schemes V, P, Q, W",
        why: "no layout of theirs is public; the schemes are answered with 26",
    },
    Absent {
        what: "the generating commands of older hosts, GG and GY under key-block LMKs",
        why: "no header is told for the keys: A1. A0, A4 and A6 do it",
    },
    Absent {
        what: "key blocks of exportability N under a variant LMK",
        why: "a variant LMK keeps no header: 29",
    },
    Absent {
        what: "ES, GI, GK",
        why: "where the key stands in a certificate, and the forms of the blocks that hold a symmetric key, are public \
              in parts only",
    },
    Absent {
        what: "CO, GS, CG, EG, CE, GA",
        why: "Diebold's method: no algorithm is public",
    },
    Absent {
        what: "RY",
        why: "American Express's CSC: what is public of the algorithm contradicts itself, and no known answer is public",
    },
    Absent {
        what: "GW modes 2, 3, 5, 6; GO, GQ and GU mode 2",
        why: "layouts not confirmed: 05",
    },
    Absent {
        what: "NG's reference number",
        why: "proprietary: none is told",
    },
    Absent {
        what: "formats 34, 41 and 42 in PIN translation",
        why: "for cards: KU has them; 23 elsewhere. Format 35 is a destination only",
    },
    Absent {
        what: "K2",
        why: "the MAC of the IPB under pair 18-19 is not public",
    },
    Absent {
        what: "KY, KS; KQ modes 3 and 4; KU modes 1 and 3; KW schemes above 3; PM's other schemes",
        why: "what their fields mean is not public",
    },
    Absent {
        what: "LS, L0; HMAC in M6",
        why: "no layout is public; LQ makes HMACs",
    },
    Absent {
        what: "FF1 and BPS in M0",
        why: "lengths of their fields are not public; `CKM_VHSM_FF1` does it over PKCS#11",
    },
    Absent {
        what: "single DES data keys in M0, M2, M4",
        why: "27",
    },
    Absent {
        what: "NI's counters of packets",
        why: "the system keeps them for all programs together: they are zero",
    },
    Absent {
        what: "JK's links of console, manager, async and FICON",
        why: "there are none: they are 0",
    },
    Absent {
        what: "PCI HSM compliance in NO",
        why: "never told: a program is no approved device",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_named_by_themselves_and_in_ranges() {
        let why = |code: &str| ABSENT.iter().filter(|absent| absent.names(code)).count();
        for code in ["PE", "Q0", "Q5", "k8", "GI", "RY", "CS"] {
            assert_eq!(why(code), 1, "{code}");
        }
        for code in ["EC", "Q9", "", "XX"] {
            assert_eq!(why(code), 0, "{code}");
        }
    }
}
