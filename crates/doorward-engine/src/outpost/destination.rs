//! Where a sealed request of the outpost leads, for the sign-in page.

use doorward_protocol::seal::Purpose;
use url::{Position, Url};

use super::sealed::{Request, open};
use crate::engine::Engine;
use crate::snapshot::Snapshot;

/// The application that somebody is on the way to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// uuid of the application.
    pub application: String,
    /// Origins that the way there leads through: the callback's and the target's.
    pub origins: Vec<String>,
}

impl Engine {
    /// The application behind a sealed request; `None` if it is not ours.
    ///
    /// A late request still names its application: it will begin again there.
    pub fn outpost_destination(&self, snapshot: &Snapshot, sealed: &str) -> Option<Destination> {
        let request = open::<Request>(&self.keys, Purpose::OutpostRequest, "", sealed)?;
        let app = snapshot.outpost.of_provider(request.provider)?;
        let target = app.target(Some(request.target.as_str()).filter(|target| !target.is_empty()));
        let mut origins = vec![app.callback_origin(&target), origin(&target)];
        origins.dedup();
        Some(Destination {
            application: app.application.pk.clone(),
            origins,
        })
    }
}

fn origin(url: &Url) -> String {
    url[..Position::BeforePath].to_owned()
}
