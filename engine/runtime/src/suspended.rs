//! Code of a node that waits for something: until it can go on, it holds neither a thread nor a core.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use windlass_core::node::NodeError;

use crate::lease::Lease;
use crate::worker::Gave;

type Code = Pin<Box<dyn Future<Output = Result<Gave, NodeError>> + Send>>;

/// What came of letting code go on.
#[derive(Debug)]
pub enum Polled {
    /// It came to its end.
    Came(Result<Gave, NodeError>),
    /// It waits.
    Waits(Suspended),
}

/// Code of a node that has not begun, or that waits for something.
pub struct Suspended {
    code: Code,
    woken: Arc<Woken>,
    began: Instant,
    /// What it was granted beside cores.
    lease: Option<Lease>,
    /// How long it has run, where it has nothing more to do than to wait for its last file.
    ran: Option<Duration>,
}

#[derive(Default)]
struct Woken(Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

impl Suspended {
    /// Lets code begin, on the thread that calls.
    pub fn begin(code: impl Future<Output = Result<Gave, NodeError>> + Send + 'static) -> Polled {
        let (code, woken) = (Box::pin(code), Arc::default());
        Self { code, woken, began: Instant::now(), lease: None, ran: None }.go_on()
    }

    /// Lets code go on, on the thread that calls, until it waits again.
    pub fn go_on(mut self) -> Polled {
        let waker = Waker::from(self.woken.clone());
        match self.code.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => Polled::Came(result),
            Poll::Pending => Polled::Waits(self),
        }
    }

    /// Waits until the code can go on.
    pub fn woken(&self) -> impl Future<Output = ()> + Send + use<> {
        let woken = self.woken.clone();
        async move { woken.0.notified().await }
    }

    /// Returns when it began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Says that it has nothing more to do than to wait for its last file, and how long it has run until then.
    #[must_use]
    pub fn ending(self, ran: Duration) -> Self {
        Self { ran: Some(ran), ..self }
    }

    /// Returns how long it has run, where it has nothing more to do than to wait for its last file.
    pub fn ran(&self) -> Option<Duration> {
        self.ran
    }

    /// Keeps what a job was granted, without its cores, until the code has come to its end.
    #[must_use]
    pub fn keeping(mut self, lease: Option<Lease>) -> Self {
        self.lease = lease.or(self.lease).map(Lease::without_cores);
        self
    }
}

impl fmt::Debug for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspended").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_ran_is_known_where_it_waits_for_its_last_file_alone() {
        let code = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            Ok(Gave::default())
        };
        let Polled::Waits(code) = Suspended::begin(code) else { panic!("it waits") };
        assert_eq!(code.ran(), None);
        let ran = Duration::from_millis(7);
        let Polled::Waits(code) = code.ending(ran).keeping(None).go_on() else { panic!("it waits") };
        assert_eq!(code.ran(), Some(ran));
        assert!(matches!(code.go_on(), Polled::Came(Ok(_))));
    }
}
