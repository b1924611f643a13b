//! A server inside the process that crashes and hangs when a test tells it to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use windlass_core::node::NodeError;
use windlass_core::service::{Action, Figure, Service, ServiceAbout};

/// What goes wrong, and what happened.
#[derive(Default)]
pub struct Trouble {
    /// So many starts fail.
    pub starts_fail: AtomicU64,
    /// So many starts panic.
    pub starts_panic: AtomicU64,
    /// So many starts never come back, blocking their thread.
    pub starts_block: AtomicU64,
    /// So many starts never come back, awaiting.
    pub starts_hang: AtomicU64,
    /// It crashes at each so many questions; never where it is 0.
    pub crash_every: AtomicU64,
    /// It says that it is ill once.
    pub ill: AtomicBool,
    /// Stops never come back.
    pub stop_hangs: AtomicBool,
    /// Limit for start, stop and actions in milliseconds; a minute, which nothing needs, where it is 0.
    pub limit_ms: u64,
    /// Times that it has begun to run.
    pub started: AtomicU64,
    /// Times that it was stopped in order.
    pub stopped: AtomicU64,
    /// Questions so far.
    pub questions: AtomicU64,
}

/// The service.
pub struct Server(pub Arc<Trouble>);

/// A server that runs.
pub struct Started {
    trouble: Arc<Trouble>,
    crashed: AtomicBool,
    end: Notify,
}

impl Started {
    /// Doubles a number, while it lives.
    pub fn double(&self, number: i64) -> Result<i64, NodeError> {
        let question = self.trouble.questions.fetch_add(1, Ordering::AcqRel) + 1;
        let every = self.trouble.crash_every.load(Ordering::Acquire);
        if every > 0 && question.is_multiple_of(every) {
            self.crashed.store(true, Ordering::Release);
            self.end.notify_waiters();
            self.end.notify_one();
        }
        match self.crashed.load(Ordering::Acquire) {
            true => Err(NodeError::new("the server is gone")),
            false => Ok(number * 2),
        }
    }
}

/// Takes one off a counter; returns whether there was one.
fn once(counter: &AtomicU64) -> bool {
    counter.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok()
}

fn block_for_good() -> ! {
    loop {
        std::thread::park();
    }
}

impl Service for Server {
    type Handle = Started;

    fn about(&self) -> ServiceAbout {
        let ms = Duration::from_millis;
        let limit = if self.0.limit_ms == 0 { ms(60_000) } else { ms(self.0.limit_ms) };
        ServiceAbout {
            actions: vec![Action::new("forget", "Forget"), Action::new("brood", "Brood")],
            start_limit: limit,
            stop_limit: limit,
            action_limit: limit,
            health_every: ms(5),
            health_limit: ms(60_000),
            restarts: 3,
            backoff: ms(2),
            backoff_max: ms(10_000),
            ..ServiceAbout::new("server", "Server", "Doubles numbers.")
        }
    }

    async fn start(&self) -> Result<Started, NodeError> {
        if once(&self.0.starts_fail) {
            return Err(NodeError::new("no port is free"));
        }
        assert!(!once(&self.0.starts_panic), "demo: no start");
        if once(&self.0.starts_block) {
            block_for_good();
        }
        if once(&self.0.starts_hang) {
            std::future::pending::<()>().await;
        }
        self.0.started.fetch_add(1, Ordering::AcqRel);
        Ok(Started { trouble: self.0.clone(), crashed: AtomicBool::new(false), end: Notify::new() })
    }

    async fn health(&self, running: &Started) -> Result<Vec<Figure>, NodeError> {
        if running.trouble.ill.swap(false, Ordering::AcqRel) {
            return Err(NodeError::new("it is ill"));
        }
        Ok(vec![Figure::new("questions", running.trouble.questions.load(Ordering::Acquire))])
    }

    async fn ended(&self, running: &Started) -> NodeError {
        running.end.notified().await;
        NodeError::new("it crashed")
    }

    async fn stop(&self, running: &Started) -> Result<(), NodeError> {
        if running.trouble.stop_hangs.load(Ordering::Acquire) {
            block_for_good();
        }
        running.trouble.stopped.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    async fn act(&self, running: &Started, action: &str) -> Result<(), NodeError> {
        match action {
            "forget" => running.trouble.questions.store(0, Ordering::Release),
            "brood" => std::future::pending().await,
            other => return Err(NodeError::new(format!("the service has no action `{other}`"))),
        }
        Ok(())
    }
}
