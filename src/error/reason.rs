//! [`Reason`]: why something failed, and what helps, in one text that can be taken apart again.

use std::fmt::{self, Display};
use std::ops::Deref;

/// What happened, and what helps. Its text is "what happened; what helps".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(Box<Texts>); // boxed: every `Result` has room for an error

#[derive(Clone, Debug, PartialEq, Eq)]
struct Texts {
    text: Box<str>,
    remedy: Option<Box<str>>,
}

impl Reason {
    /// What happened, and what helps.
    #[must_use]
    pub fn new(what: impl Display, remedy: impl Display) -> Self {
        let remedy = remedy.to_string();
        Self(Box::new(Texts {
            text: format!("{what}; {remedy}").into(),
            remedy: Some(remedy.into()),
        }))
    }

    /// The same with words before it.
    #[must_use]
    pub fn after(mut self, words: impl Display) -> Self {
        self.0.text = format!("{words}{}", self.0.text).into();
        self
    }

    /// What helps, if it is known.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// What happened, where nothing is known to help.
impl From<String> for Reason {
    fn from(what: String) -> Self {
        Self(Box::new(Texts {
            text: what.into(),
            remedy: None,
        }))
    }
}

/// What happened, where nothing is known to help.
impl From<&str> for Reason {
    fn from(what: &str) -> Self {
        Self::from(what.to_owned())
    }
}
