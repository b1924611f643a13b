//! Kinds that are known only at run time, such as those of a server: asked for once, and pinned for the run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;

use crate::node::{Kind, NodeError, Statics};

/// A source of kinds that are known only at run time.
pub trait KindSource: Send + Sync {
    /// Returns its name, unique in its pack.
    fn name(&self) -> &str;
    /// Asks what there is: a listing from which the kinds can be made again without asking. It may block, for a few
    /// seconds at most.
    ///
    /// # Errors
    /// Says why there is no answer.
    fn list(&self) -> Result<Json, NodeError>;
    /// Makes the kinds of a listing. Their names begin with that of the pack and a point.
    ///
    /// # Errors
    /// Says what is wrong with the listing.
    fn kinds(&self, listing: &Json) -> Result<Vec<Arc<dyn Kind>>, NodeError>;
    /// Returns the part of a listing that these kinds are made of, with all that a pass over a plan of them looks at. It
    /// is what a run keeps; the whole listing unless a source says otherwise.
    fn part(&self, listing: &Json, _kinds: &BTreeSet<&str>) -> Json {
        listing.clone()
    }
}

/// What a source said when it was asked for a plan: the record from which the same kinds can be made again.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// Pack and name of the source: `demo.remote`.
    pub source: String,
    /// Hash of the listing, as hexadecimal digits.
    pub hash: String,
    /// What it said.
    pub listing: Arc<Json>,
}

type Kinds = BTreeMap<String, Arc<dyn Kind>>;

/// A source with its answer, once it was asked.
pub(super) struct Asked {
    pack: &'static str,
    source: Arc<dyn KindSource>,
    answer: OnceLock<Result<(Arc<Json>, Kinds), NodeError>>,
}

impl Asked {
    pub fn new(pack: &'static str, source: Arc<dyn KindSource>) -> Self {
        Self { pack, source, answer: OnceLock::new() }
    }

    pub fn anew(&self) -> Self {
        Self::new(self.pack, self.source.clone())
    }

    /// Returns whether a kind of that name would be one of its pack.
    pub fn may_have(&self, kind: &str) -> bool {
        kind.strip_prefix(self.pack).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Returns the kinds, after asking if that has not been done.
    pub fn kinds(&self) -> Result<&Kinds, &NodeError> {
        let ask = || {
            let listing = self.source.list()?;
            self.made(&listing).map(|kinds| (Arc::new(listing), kinds))
        };
        self.answer.get_or_init(ask).as_ref().map(|(_, kinds)| kinds)
    }

    /// Returns the kinds, if it was asked and has answered.
    pub fn answered(&self) -> Option<&Kinds> {
        Some(&self.answer.get()?.as_ref().ok()?.1)
    }

    /// Returns whether it was asked and has this kind.
    pub fn has(&self, kind: &str) -> bool {
        self.answered().is_some_and(|kinds| kinds.contains_key(kind))
    }

    /// Returns the record from which these kinds can be made again.
    pub fn pin(&self, name: &str, kinds: &BTreeSet<&str>) -> Option<Pin> {
        let (listing, known) = self.answer.get()?.as_ref().ok()?;
        let kinds = kinds.iter().copied().filter(|kind| known.contains_key(*kind)).collect();
        let listing = self.source.part(listing, &kinds);
        let hash = blake3::hash(listing.to_string().as_bytes()).to_hex().to_string();
        Some(Pin { source: name.to_owned(), hash, listing: Arc::new(listing) })
    }

    /// Returns the same source with an answer that was recorded.
    pub fn answering(&self, pin: &Pin) -> Result<Self, NodeError> {
        let kinds = self.made(&pin.listing)?;
        Ok(Self { answer: OnceLock::from(Ok((pin.listing.clone(), kinds))), ..self.anew() })
    }

    fn made(&self, listing: &Json) -> Result<Kinds, NodeError> {
        let mut kinds = Kinds::new();
        for kind in self.source.kinds(listing)? {
            let name = kind.spec(&Statics::new())?.kind;
            if !self.may_have(&name) {
                return Err(NodeError::new(format!(
                    "it brings `{name}`, whose name does not begin with `{}.`",
                    self.pack
                )));
            }
            if kinds.insert(name.clone(), kind).is_some() {
                return Err(NodeError::new(format!("it brings `{name}` twice")));
            }
        }
        Ok(kinds)
    }
}
