//! The compute pool: named threads for code that blocks. A thread that does not come back in time is left behind and
//! replaced at once.
//!
//! What computes has threads of its own, one for each core: each thread keeps the memory that it has worked with, and with more
//! of them a run would need more memory the longer it goes on, because its jobs move from thread to thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};

use crate::lease::Lease;
use crate::spread::{Place, Spread, pool_of_one};

type Job = Box<dyn FnOnce() -> Option<Lease> + Send>;

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;
const ABANDONED: u8 = 3;
/// Given up, but nobody takes the place of its thread.
const KEPT: u8 = 4;

/// Threads beyond the cores for what needs no core.
const SPARE_THREADS: usize = 4;

/// Threads for code that blocks.
pub struct Pool {
    computing: Arc<Crew>,
    others: Arc<Crew>,
    spread: Arc<Spread>,
}

/// Threads that do the same kind of jobs.
struct Crew {
    name: &'static str,
    queue: Mutex<Queue>,
    started: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(Arc<AtomicU8>, Job)>,
    /// Threads that sleep until there is a job. The last one to fall asleep is woken first: its memory is warm.
    idle: Vec<Arc<Sleeper>>,
    /// Threads that look for a job in a moment: they have just finished one, or were woken.
    coming: usize,
    closed: bool,
}

/// A thread that sleeps until it is woken.
struct Sleeper {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Sleeper {
    fn sleep(&self) {
        while !self.is_woken.load(Ordering::Acquire) {
            thread::park();
        }
    }

    fn wake(&self) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Stands for one job, from before it is handed in.
#[derive(Clone)]
pub struct Ticket {
    state: Arc<AtomicU8>,
    crew: Arc<Crew>,
    place: Arc<OnceLock<Arc<Place>>>,
}

impl Pool {
    /// Starts a thread for each core, and as many and some more for what needs none: asking splits for children.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn new(cores: usize) -> std::io::Result<Self> {
        let (computing, others) = (Crew::start("compute", cores)?, Crew::start("blocking", cores + SPARE_THREADS)?);
        Ok(Self { computing, others, spread: Arc::new(Spread::new(cores)) })
    }

    /// Returns a ticket for a job that is handed in later, once it has been granted so many cores.
    pub fn ticket(&self, cores: u32) -> Ticket {
        let crew = if cores > 0 { self.computing.clone() } else { self.others.clone() };
        Ticket { state: Arc::new(AtomicU8::new(QUEUED)), crew, place: Arc::default() }
    }

    /// Hands in a job that has been granted a core, and may divide its work among those that are idle.
    pub fn spread(&self, ticket: &Ticket, job: impl FnOnce() -> Option<Lease> + Send + 'static) {
        let place = ticket.place.get_or_init(|| Arc::new(self.spread.enter())).clone();
        self.run(ticket, move || {
            let left = place.run(job);
            place.leave();
            left
        });
    }

    /// Hands a job in. The lease that it returns is given back by its thread when that is free for the next job; so what
    /// the lease is then granted to runs on the same thread, whose memory is warm.
    pub fn run(&self, ticket: &Ticket, job: impl FnOnce() -> Option<Lease> + Send + 'static) {
        ticket.crew.take_in(ticket.state.clone(), Box::new(job));
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.computing.close();
        self.others.close();
    }
}

impl Ticket {
    /// Gives the job up unless it has begun; returns whether it never starts.
    pub fn withdraw(&self) -> bool {
        self.state.compare_exchange(QUEUED, ABANDONED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Returns whether the job was given up.
    pub fn is_abandoned(&self) -> bool {
        self.state.load(Ordering::Acquire) == ABANDONED
    }

    /// Gives the job up: it does not start if it has not yet, and its thread is replaced if it has.
    /// Returns whether a thread was left behind.
    pub fn abandon(&self) -> bool {
        let is_running = self.state.swap(ABANDONED, Ordering::AcqRel) == RUNNING;
        if is_running {
            // The job's own thread ends with the job, unless the system has no other for it.
            if self.crew.start_thread().is_err() {
                self.state.store(KEPT, Ordering::Release);
            }
            self.place.get().iter().for_each(|place| place.abandon());
        }
        is_running
    }
}

impl Crew {
    fn start(name: &'static str, threads: usize) -> std::io::Result<Arc<Self>> {
        let crew = Arc::new(Self { name, queue: Mutex::default(), started: AtomicUsize::new(0) });
        (0..threads).try_for_each(|_| crew.start_thread())?;
        Ok(crew)
    }

    fn take_in(&self, state: Arc<AtomicU8>, job: Job) {
        let mut queue = self.lock();
        queue.jobs.push_back((state, job));
        // A thread more than is needed would do the next job with cold memory.
        let sleeper = if queue.jobs.len() > queue.coming { queue.idle.pop() } else { None };
        queue.coming += usize::from(sleeper.is_some());
        drop(queue);
        sleeper.iter().for_each(|sleeper| sleeper.wake());
    }

    fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        queue.coming += queue.idle.len();
        queue.idle.drain(..).for_each(|sleeper| sleeper.wake());
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_thread(self: &Arc<Self>) -> std::io::Result<()> {
        let number = self.started.fetch_add(1, Ordering::AcqRel);
        let crew = self.clone();
        thread::Builder::new().name(format!("{}-{number}", self.name)).spawn(move || crew.work())?;
        Ok(())
    }

    fn work(&self) {
        let _pool = pool_of_one();
        while let Some((state, job)) = self.next() {
            if state.compare_exchange(QUEUED, RUNNING, Ordering::AcqRel, Ordering::Acquire).is_err() {
                continue;
            }
            let lease = job();
            if state.compare_exchange(RUNNING, DONE, Ordering::AcqRel, Ordering::Acquire) == Err(ABANDONED) {
                return;
            }
            self.lock().coming += 1;
            drop(lease);
            self.lock().coming -= 1;
        }
    }

    fn next(&self) -> Option<(Arc<AtomicU8>, Job)> {
        loop {
            let mut queue = self.lock();
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            let sleeper = Arc::new(Sleeper { thread: thread::current(), is_woken: AtomicBool::new(false) });
            queue.idle.push(sleeper.clone());
            drop(queue);
            sleeper.sleep();
            self.lock().coming -= 1;
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
        let hanging = pool.ticket(1);
        pool.run(&hanging, move || {
            began.send(()).unwrap();
            let _ = held.recv();
            None
        });
        begun.recv().unwrap();
        assert!(hanging.abandon());
        let (done, seen) = sync_channel(1);
        pool.run(&pool.ticket(1), move || {
            done.send(7).unwrap();
            None
        });
        assert_eq!(seen.recv(), Ok(7));
        drop(release);
    }
}
