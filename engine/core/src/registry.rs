//! What a program knows, handed over by packs: kinds, sources of kinds, types, passes, formats, services.

mod formats;
mod pack;
mod source;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use formats::{Exported, Exporter, Imported, Importer};
pub use pack::Pack;
pub use source::{KindSource, Pin};
pub use types::TypeInfo;

use crate::node::{Kind, NodeError, Statics};
use crate::plan::PlanPass;
use crate::problem::nearest;
use crate::service::ErasedService;
use crate::spec::Spec;
use crate::value::Codecs;
use source::Asked;

/// Why packs do not go together.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Two packs bring the same kind.
    #[error("kind `{0}` is registered twice")]
    Twice(String),
    /// Two packs bring the same type, service, source, importer or exporter.
    #[error("{what} `{name}` is registered twice")]
    TwiceOther {
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A kind cannot say what it is.
    #[error("a kind of pack `{pack}` has no spec")]
    NoSpec {
        /// The pack.
        pack: String,
        /// Why.
        #[source]
        cause: NodeError,
    },
}

/// What a program knows. Clones share what sources of kinds have answered.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<String, Arc<dyn Kind>>,
    sources: BTreeMap<String, Arc<Asked>>,
    types: BTreeMap<String, TypeInfo>,
    codecs: Codecs,
    passes: Vec<(&'static str, Arc<dyn PlanPass>)>,
    importers: BTreeMap<String, Arc<dyn Importer>>,
    exporters: BTreeMap<String, Arc<dyn Exporter>>,
    services: BTreeMap<String, Arc<dyn ErasedService>>,
}

impl Registry {
    /// Gathers what packs hand over. Sources of kinds are asked when the first kind is looked for that may be theirs.
    ///
    /// # Errors
    /// Names what two packs bring, or a kind that has no spec.
    pub fn new(packs: impl IntoIterator<Item = Pack>) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for pack in packs {
            registry.add(pack)?;
        }
        Ok(registry)
    }

    fn add(&mut self, pack: Pack) -> Result<(), RegistryError> {
        for kind in pack.kinds {
            self.add_kind(pack.name, kind)?;
        }
        for source in pack.sources {
            let name = format!("{}.{}", pack.name, source.name());
            put(&mut self.sources, "source", name, Arc::new(Asked::new(pack.name, source)))?;
        }
        for ty in pack.types {
            ty.codec.iter().for_each(|codec| self.codecs.add(codec.clone()));
            put(&mut self.types, "type", ty.name.clone(), ty)?;
        }
        for service in pack.services {
            put(&mut self.services, "service", format!("{}.{}", pack.name, service.about().name), service)?;
        }
        for importer in pack.importers {
            put(&mut self.importers, "importer", importer.name().to_owned(), importer)?;
        }
        for exporter in pack.exporters {
            put(&mut self.exporters, "exporter", exporter.name().to_owned(), exporter)?;
        }
        self.passes.extend(pack.passes.into_iter().map(|pass| (pack.name, pass)));
        pack.codecs.into_iter().for_each(|codec| self.codecs.add(codec));
        Ok(())
    }

    fn add_kind(&mut self, pack: &str, kind: Arc<dyn Kind>) -> Result<(), RegistryError> {
        let spec = kind.spec(&Statics::new());
        let name = spec.map_err(|cause| RegistryError::NoSpec { pack: pack.to_owned(), cause })?.kind;
        match self.kinds.insert(name.clone(), kind) {
            None => Ok(()),
            Some(_) => Err(RegistryError::Twice(name)),
        }
    }

    /// Returns a kind by name. A source that may have it is asked once, and what it says holds as long as the registry.
    pub fn kind<'a>(&'a self, name: &str) -> Option<&'a Arc<dyn Kind>> {
        let known = self.kinds.get(name);
        known.or_else(|| self.sources_of(name).find_map(|(_, source)| source.kinds().ok()?.get(name)))
    }

    /// Returns a kind that is known already: no source is asked, so that this never waits.
    pub fn known<'a>(&'a self, name: &str) -> Option<&'a Arc<dyn Kind>> {
        let answered = || self.sources_of(name).filter_map(|(_, source)| source.answered()?.get(name)).next();
        self.kinds.get(name).or_else(answered)
    }

    /// Returns the spec of a kind that is known already, with default parameters.
    pub fn known_spec(&self, name: &str) -> Option<Spec> {
        self.known(name)?.spec(&Statics::new()).ok()
    }

    /// Returns why a kind cannot be looked for: the source that may have it, and what it says.
    pub fn unavailable<'a>(&'a self, name: &str) -> Option<(&'a str, &'a NodeError)> {
        self.sources_of(name).find_map(|(source, asked)| Some((source, asked.kinds().err()?)))
    }

    fn sources_of<'a, 'k>(&'a self, kind: &'k str) -> impl Iterator<Item = (&'a str, &'a Asked)> + use<'a, 'k> {
        let all = self.sources.iter().map(|(name, source)| (name.as_str(), &**source));
        all.filter(move |(_, source)| source.may_have(kind))
    }

    /// Asks every source, so that [`Registry::names`] has their kinds too; returns those that did not answer.
    pub fn ask_all(&self) -> Vec<(&str, &NodeError)> {
        self.sources.iter().filter_map(|(name, source)| Some((name.as_str(), source.kinds().err()?))).collect()
    }

    /// Returns the listings that these kinds were taken from, so that a record of them can be kept.
    pub fn pins<'a>(&self, kinds: impl Iterator<Item = &'a str>) -> Vec<Pin> {
        let kinds: BTreeSet<&str> = kinds.filter(|kind| !self.kinds.contains_key(*kind)).collect();
        let used = |source: &Asked| kinds.iter().any(|kind| source.has(kind));
        let sources = self.sources.iter().filter(|(_, source)| used(source));
        sources.filter_map(|(name, source)| source.pin(name, &kinds)).collect()
    }

    /// Returns the same registry with sources that answer as they were recorded, and are not asked again.
    ///
    /// # Errors
    /// A recorded listing cannot be read by its source, or its source is not there any more.
    pub fn pinned(&self, pins: &[Pin]) -> Result<Self, NodeError> {
        let mut registry = self.anew();
        for pin in pins {
            let gone = || NodeError::new(format!("no pack has the source of kinds `{}` any more", pin.source));
            let source = self.sources.get(&pin.source).ok_or_else(gone)?;
            registry.sources.insert(pin.source.clone(), Arc::new(source.answering(pin)?));
        }
        Ok(registry)
    }

    /// Returns the same registry with sources that are to be asked again.
    #[must_use]
    pub fn anew(&self) -> Self {
        let sources = self.sources.iter().map(|(name, source)| (name.clone(), Arc::new(source.anew())));
        Self { sources: sources.collect(), ..self.clone() }
    }

    /// Returns the spec of a kind with default parameters.
    pub fn spec(&self, name: &str) -> Option<Spec> {
        self.kind(name)?.spec(&Statics::new()).ok()
    }

    /// Returns the names of all kinds, sorted; of sources, those that have been asked.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let answered = self.sources.values().filter_map(|source| source.answered());
        let all: BTreeSet<&str> =
            self.kinds.keys().chain(answered.flat_map(BTreeMap::keys)).map(String::as_str).collect();
        all.into_iter()
    }

    /// Returns the known kind whose name is nearest to one that is not known.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names())
    }

    /// Returns the types that packs bring, by name.
    pub fn types(&self) -> &BTreeMap<String, TypeInfo> {
        &self.types
    }

    /// Returns the passes over plans, each with its pack, in the order in which they run.
    pub(crate) fn passes(&self) -> &[(&'static str, Arc<dyn PlanPass>)] {
        &self.passes
    }

    /// Returns the readers of other programs' files, by name.
    pub fn importers(&self) -> &BTreeMap<String, Arc<dyn Importer>> {
        &self.importers
    }

    /// Returns the writers of other programs' files, by name.
    pub fn exporters(&self) -> &BTreeMap<String, Arc<dyn Exporter>> {
        &self.exporters
    }

    /// Returns the services of all packs, by pack and name: `demo.pool`.
    pub fn services(&self) -> &BTreeMap<String, Arc<dyn ErasedService>> {
        &self.services
    }

    /// Returns the codecs of all types.
    pub fn codecs(&self) -> &Codecs {
        &self.codecs
    }
}

fn put<T>(all: &mut BTreeMap<String, T>, what: &'static str, name: String, one: T) -> Result<(), RegistryError> {
    match all.insert(name.clone(), one) {
        None => Ok(()),
        Some(_) => Err(RegistryError::TwiceOther { what, name }),
    }
}
