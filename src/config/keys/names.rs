//! Lists of mechanisms' names.

use super::Setting;
use crate::catalog;
use crate::config::nearest::nearest;
use crate::error::Reason;

/// Names that the catalog has, older ones of the standard as well: a misspelt one would allow or deny nothing.
pub(super) fn names(setting: Setting) -> Result<Vec<String>, Reason> {
    let Setting::List(names) = setting else {
        let remedy = "give one such as [\"CKM_AES_CBC\", \"CKM_ECDSA\"]";
        return Err(Reason::new("is not a list of texts", remedy));
    };
    let known = || catalog::all().flat_map(|row| row.id.names());
    let unknown = names.iter().find(|name| catalog::find_name(name).is_none());
    let Some(unknown) = unknown else {
        return Ok(names);
    };
    let remedy = match nearest(unknown, known()) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => "`vhsm mechanisms` lists what there is".into(),
    };
    let what = format!("names {unknown:?}, which is no mechanism of this module");
    Err(Reason::new(what, remedy))
}
