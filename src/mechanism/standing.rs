//! [`Standing`]: what the policies make of a mechanism.

/// What of a mechanism is offered: everything is, unless the row says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Why it is off unless `mechanisms.enable` names it: its library, or what it does, is not fit for production.
    pub off: Option<&'static str>,
    /// The functions (`CKF_…`) that `policy = "modern"` takes away: [`Standing::ALL`] for a mechanism that is legacy
    /// as a whole.
    pub legacy: u64,
    /// Data that it does not sign or verify under `policy = "modern"`.
    pub legacy_data: Option<&'static str>,
    /// The smallest key that `policy = "modern"` leaves, in the unit of the row's key sizes; 0 leaves all.
    pub modern_min: u64,
}

impl Standing {
    /// Offered under every policy. Rows name what differs and take the rest from here.
    pub const CURRENT: Self = Self {
        off: None,
        legacy: 0,
        legacy_data: None,
        modern_min: 0,
    };
    /// Every function.
    pub const ALL: u64 = u64::MAX;
    /// Not offered under `policy = "modern"`.
    pub const LEGACY: Self = Self {
        legacy: Self::ALL,
        ..Self::CURRENT
    };
}
