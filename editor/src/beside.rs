//! One piece of work done by a thread beside the window, and what came of it.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use egui::Context;

/// Work that goes on beside the window.
pub struct Beside<T> {
    found: Receiver<T>,
}

/// How work beside the window stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Work<T> {
    /// It goes on.
    GoesOn,
    /// This came of it.
    Done(T),
    /// Nothing comes of it any more.
    Lost,
}

impl<T: Send + 'static> Beside<T> {
    /// Begins it; the window is woken when it is done.
    pub fn start(ctx: &Context, name: &str, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (tell, found) = sync_channel(1);
        let wake = ctx.clone();
        let work = move || {
            // Who waits no longer wants no answer.
            drop(tell.send(work()));
            wake.request_repaint();
        };
        // Without the thread the channel is closed, and the work is lost.
        drop(std::thread::Builder::new().name(name.into()).spawn(work));
        Self { found }
    }

    /// Returns how it stands. What came of it is returned once.
    pub fn look(&self) -> Work<T> {
        match self.found.try_recv() {
            Ok(found) => Work::Done(found),
            Err(TryRecvError::Empty) => Work::GoesOn,
            Err(TryRecvError::Disconnected) => Work::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end<T: Send + 'static>(beside: &Beside<T>) -> Work<T> {
        loop {
            match beside.look() {
                Work::GoesOn => std::thread::yield_now(),
                over => return over,
            }
        }
    }

    #[test]
    fn what_came_of_work_is_told_and_so_is_that_nothing_did() {
        let ctx = Context::default();
        assert_eq!(end(&Beside::start(&ctx, "work", || 3)), Work::Done(3));
        let broken = Beside::<u8>::start(&ctx, "work", || std::panic::resume_unwind(Box::new("broken")));
        assert_eq!(end(&broken), Work::Lost);
    }
}
