//! What a pack hands over: one struct, given to the program that assembles everything.

use std::sync::Arc;

use super::formats::{Exporter, Importer};
use super::source::KindSource;
use super::types::TypeInfo;
use crate::node::{Kind, Node, Ordered, kind_of, ordered_kind_of};
use crate::plan::PlanPass;
use crate::service::{ErasedService, Service, service_of};
use crate::value::Codec;

/// What a pack hands over. Nothing is registered by side effect.
#[derive(Default)]
pub struct Pack {
    /// Name, the first part of its kinds.
    pub name: &'static str,
    pub(super) kinds: Vec<Arc<dyn Kind>>,
    pub(super) sources: Vec<Arc<dyn KindSource>>,
    pub(super) types: Vec<TypeInfo>,
    pub(super) codecs: Vec<Arc<dyn Codec>>,
    pub(super) passes: Vec<Arc<dyn PlanPass>>,
    pub(super) importers: Vec<Arc<dyn Importer>>,
    pub(super) exporters: Vec<Arc<dyn Exporter>>,
    pub(super) services: Vec<Arc<dyn ErasedService>>,
}

impl Pack {
    /// Starts a pack.
    pub fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    /// Adds a kind.
    #[must_use]
    pub fn kind<N: Node>(mut self) -> Self {
        self.kinds.push(kind_of::<N>());
        self
    }

    /// Adds a kind that was made at run time, of settings.
    #[must_use]
    pub fn made(mut self, kind: Arc<dyn Kind>) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Adds a kind that is fed in key order.
    #[must_use]
    pub fn ordered<N: Ordered>(mut self) -> Self {
        self.kinds.push(ordered_kind_of::<N>());
        self
    }

    /// Adds a source of kinds that are known only at run time.
    #[must_use]
    pub fn source(mut self, source: impl KindSource + 'static) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// Adds a type of its own.
    #[must_use]
    pub fn ty(mut self, ty: TypeInfo) -> Self {
        self.types.push(ty);
        self
    }

    /// Adds the codec of a type that core knows.
    #[must_use]
    pub fn codec(mut self, codec: impl Codec + 'static) -> Self {
        self.codecs.push(Arc::new(codec));
        self
    }

    /// Adds a pass over plans that hold kinds of the pack; passes run in the order in which they are added.
    #[must_use]
    pub fn pass(mut self, pass: impl PlanPass + 'static) -> Self {
        self.passes.push(Arc::new(pass));
        self
    }

    /// Takes the passes away, to compare plans with and without them.
    #[must_use]
    pub fn without_passes(mut self) -> Self {
        self.passes.clear();
        self
    }

    /// Adds a reader of another program's files.
    #[must_use]
    pub fn importer(mut self, importer: impl Importer + 'static) -> Self {
        self.importers.push(Arc::new(importer));
        self
    }

    /// Adds a writer of another program's files.
    #[must_use]
    pub fn exporter(mut self, exporter: impl Exporter + 'static) -> Self {
        self.exporters.push(Arc::new(exporter));
        self
    }

    /// Adds a service, which nodes of the pack reach by its name.
    #[must_use]
    pub fn service(mut self, service: impl Service) -> Self {
        self.services.push(service_of(service));
        self
    }
}
