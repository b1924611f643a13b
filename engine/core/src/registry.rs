//! The kinds that a program knows, handed over by packs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::node::{Kind, Node, NodeError, Ordered, Statics, kind_of, ordered_kind_of};
use crate::problem::nearest;
use crate::service::{ErasedService, Service, service_of};
use crate::spec::Spec;
use crate::value::{Codec, Codecs};

/// What a pack hands over.
#[derive(Default)]
pub struct Pack {
    /// Name, the first part of its kinds.
    pub name: &'static str,
    kinds: Vec<Arc<dyn Kind>>,
    codecs: Vec<Arc<dyn Codec>>,
    services: Vec<Arc<dyn ErasedService>>,
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

    /// Adds a kind that is fed in key order.
    #[must_use]
    pub fn ordered<N: Ordered>(mut self) -> Self {
        self.kinds.push(ordered_kind_of::<N>());
        self
    }

    /// Adds a service, which nodes of the pack reach by its name.
    #[must_use]
    pub fn service(mut self, service: impl Service) -> Self {
        self.services.push(service_of(service));
        self
    }

    /// Adds the codec of a type.
    #[must_use]
    pub fn codec(mut self, codec: impl Codec + 'static) -> Self {
        self.codecs.push(Arc::new(codec));
        self
    }
}

/// Why packs do not go together.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Two packs bring the same kind.
    #[error("kind `{0}` is registered twice")]
    Twice(String),
    /// A pack brings the same service twice.
    #[error("service `{0}` is registered twice")]
    TwiceService(String),
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

/// The kinds that a program knows.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<String, Arc<dyn Kind>>,
    codecs: Codecs,
    services: BTreeMap<String, Arc<dyn ErasedService>>,
}

impl Registry {
    /// Gathers what packs hand over.
    ///
    /// # Errors
    /// Names a kind that two packs bring, or that has no spec.
    pub fn new(packs: impl IntoIterator<Item = Pack>) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for pack in packs {
            for kind in pack.kinds {
                registry.add(pack.name, kind)?;
            }
            for service in pack.services {
                let name = format!("{}.{}", pack.name, service.about().name);
                if registry.services.insert(name.clone(), service).is_some() {
                    return Err(RegistryError::TwiceService(name));
                }
            }
            for codec in pack.codecs {
                registry.codecs.add(codec);
            }
        }
        Ok(registry)
    }

    fn add(&mut self, pack: &str, kind: Arc<dyn Kind>) -> Result<(), RegistryError> {
        let spec = kind.spec(&Statics::new());
        let name = spec.map_err(|cause| RegistryError::NoSpec { pack: pack.to_owned(), cause })?.kind;
        match self.kinds.insert(name.clone(), kind) {
            None => Ok(()),
            Some(_) => Err(RegistryError::Twice(name)),
        }
    }

    /// Returns a kind by name.
    pub fn kind(&self, name: &str) -> Option<&Arc<dyn Kind>> {
        self.kinds.get(name)
    }

    /// Returns the spec of a kind with default parameters.
    pub fn spec(&self, name: &str) -> Option<Spec> {
        self.kind(name)?.spec(&Statics::new()).ok()
    }

    /// Returns the names of all kinds, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// Returns the known kind whose name is nearest to one that is not known.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names())
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
