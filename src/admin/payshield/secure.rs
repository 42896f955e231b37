//! TLS of the server: its certificate, and its key in a file or in the token.

use std::path::PathBuf;
use std::sync::Arc;

use super::plan::TlsPlan;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::uri::{Uri, is_uri};
use crate::ck::*;
use crate::payshield::call::attribute;
use crate::payshield::host::Host;
use crate::payshield::tls::{Identity, Tls, TlsKey};
use crate::payshield::token_key::TokenKey;

/// The certificate and the key that connections are accepted with.
pub(super) struct Secured(Arc<Tls>);

fn wrong(why: String) -> Failure {
    Failure::new(
        why,
        "TLS needs a chain of certificates in PEM and the key of the first one",
    )
}

impl Secured {
    /// Reads them.
    pub(super) fn new(host: &Host, plan: &TlsPlan) -> Result<Self, Failure> {
        let tls = Tls::new(&identity(host, plan)?).map_err(wrong)?;
        Ok(Self(Arc::new(tls)))
    }

    /// What connections are accepted with.
    pub(super) fn tls(&self) -> Arc<Tls> {
        Arc::clone(&self.0)
    }

    /// Reads them again.
    pub(super) fn reload(&self, host: &Host, plan: &TlsPlan) -> Outcome {
        self.0.reload(&identity(host, plan)?).map_err(wrong)
    }
}

fn identity(host: &Host, plan: &TlsPlan) -> Result<Identity, Failure> {
    let key = match is_uri(&plan.key) {
        true => TlsKey::Token(Arc::new(token_key(host, &plan.key)?)),
        false => TlsKey::File(PathBuf::from(&plan.key)),
    };
    Ok(Identity {
        certificates: plan.certificates.clone(),
        key,
        clients: plan.clients.clone(),
    })
}

/// The private key that a URI names, in the token that is served.
fn token_key(host: &Host, text: &str) -> Result<TokenKey, Failure> {
    let uri = Uri::parse(text)?;
    let mut template = vec![attribute(CKA_CLASS, &CKO_PRIVATE_KEY.0.to_ne_bytes())];
    template.extend(uri.object.iter().map(|label| attribute(CKA_LABEL, label)));
    template.extend(uri.id.iter().map(|id| attribute(CKA_ID, id)));
    let (module, session) = (host.module(), host.keeper().session());
    module.find_init(session, &template)?;
    let mut found = [ObjectHandle(0); 2];
    let count = module.find(session, &mut found)?;
    module.find_final(session)?;
    let [handle, _] = found;
    if count != 1 {
        let what = match count {
            0 => "there is no such private key in the token that is served",
            _ => "more than one private key of the token fits",
        };
        let remedy = "name one by object= and id=; `vhsm object list --class private` shows all";
        return Err(Failure::absent(format!("{text}: {what}"), remedy));
    }
    let key = TokenKey::new(host.shared_module(), host.slot(), handle)?;
    key.ok_or_else(|| {
        let remedy = "TLS signs with RSA, with EC on P-256, P-384 and P-521, and with Ed25519";
        Failure::new(format!("{text}: the key is of another type"), remedy)
    })
}
