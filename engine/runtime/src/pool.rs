//! The compute pool: named threads for code that blocks. A thread that does not come back in time is left behind and
//! replaced at once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

type Job = Box<dyn FnOnce() + Send>;

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;
const ABANDONED: u8 = 3;

/// Threads for code that blocks.
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    ready: Condvar,
    started: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(Arc<AtomicU8>, Job)>,
    closed: bool,
}

/// A job that was handed in.
pub struct Ticket {
    state: Arc<AtomicU8>,
    shared: Arc<Shared>,
}

impl Pool {
    /// Starts `threads` threads.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), ready: Condvar::new(), started: AtomicUsize::new(0) });
        for _ in 0..threads {
            shared.start_thread()?;
        }
        Ok(Self { shared })
    }

    /// Hands a job in.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) -> Ticket {
        let state = Arc::new(AtomicU8::new(QUEUED));
        self.shared.lock().jobs.push_back((state.clone(), Box::new(job)));
        self.shared.ready.notify_one();
        Ticket { state, shared: self.shared.clone() }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.ready.notify_all();
    }
}

impl Ticket {
    /// Gives the job up: it does not start if it has not yet, and its thread is replaced if it has.
    /// Returns whether a thread was left behind.
    pub fn abandon(&self) -> bool {
        let is_running = self.state.swap(ABANDONED, Ordering::AcqRel) == RUNNING;
        if is_running {
            // Without a new thread the pool is one smaller; the job's own thread ends with the job.
            let _ = self.shared.start_thread();
        }
        is_running
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_thread(self: &Arc<Self>) -> std::io::Result<()> {
        let number = self.started.fetch_add(1, Ordering::AcqRel);
        let shared = self.clone();
        std::thread::Builder::new().name(format!("compute-{number}")).spawn(move || shared.work())?;
        Ok(())
    }

    fn work(&self) {
        while let Some((state, job)) = self.next() {
            if state.compare_exchange(QUEUED, RUNNING, Ordering::AcqRel, Ordering::Acquire).is_err() {
                continue;
            }
            job();
            if state.compare_exchange(RUNNING, DONE, Ordering::AcqRel, Ordering::Acquire).is_err() {
                return;
            }
        }
    }

    fn next(&self) -> Option<(Arc<AtomicU8>, Job)> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn a_thread_that_hangs_is_replaced() {
        let pool = Pool::new(1).unwrap();
        let (release, held) = sync_channel::<()>(0);
        let (began, begun) = sync_channel::<()>(0);
        let hanging = pool.run(move || {
            began.send(()).unwrap();
            let _ = held.recv();
        });
        begun.recv().unwrap();
        assert!(hanging.abandon());
        let (done, seen) = sync_channel(1);
        pool.run(move || done.send(7).unwrap());
        assert_eq!(seen.recv(), Ok(7));
        drop(release);
    }
}
