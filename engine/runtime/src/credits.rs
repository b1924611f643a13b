//! Room on edges, slots of steps, and windows of splits: each is given back by dropping a permit, never by a message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Tells whoever waits for room that there is some.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// A number of permits. One owner takes them; anybody may drop them.
pub struct Credits {
    free: AtomicUsize,
    starved: AtomicBool,
    wake: Wake,
}

impl Credits {
    /// Makes `count` permits. `wake` is called when one comes back after none was to be had.
    pub fn new(count: usize, wake: Wake) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(count), starved: AtomicBool::new(false), wake })
    }

    /// Takes a permit; where there is none, its owner is woken when one comes back.
    pub fn take(self: &Arc<Self>) -> Option<Permit> {
        if self.try_take() {
            return Some(Permit(self.clone()));
        }
        self.starved.store(true, Ordering::SeqCst);
        // One may have come back in between, without having seen that somebody waits.
        self.try_take().then(|| Permit(self.clone()))
    }

    /// Takes permits, up to `count`; where there are fewer, their owner is woken when one comes back.
    pub fn take_up_to(self: &Arc<Self>, count: usize) -> impl Iterator<Item = Permit> + use<> {
        let mut taken = self.try_take_up_to(count);
        if taken < count {
            self.starved.store(true, Ordering::SeqCst);
            // Some may have come back in between, without having seen that somebody waits.
            taken += self.try_take_up_to(count - taken);
        }
        let credits = self.clone();
        (0..taken).map(move |_| Permit(credits.clone()))
    }

    /// Returns how many permits are to be had.
    pub fn free(&self) -> usize {
        self.free.load(Ordering::SeqCst)
    }

    fn try_take(&self) -> bool {
        self.try_take_up_to(1) == 1
    }

    fn try_take_up_to(&self, count: usize) -> usize {
        let rest = |free: usize| Some(free.saturating_sub(count));
        let free = self.free.fetch_update(Ordering::SeqCst, Ordering::SeqCst, rest);
        free.unwrap_or_else(|free| free).min(count)
    }
}

/// Wakes who waits for room, once. Mostly nobody does, and looking is cheaper than taking.
fn tell_starved(starved: &AtomicBool, wake: &Wake) {
    if starved.load(Ordering::SeqCst) && starved.swap(false, Ordering::SeqCst) {
        wake();
    }
}

/// Room for one; dropping gives it back.
pub struct Permit(Arc<Credits>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.free.fetch_add(1, Ordering::SeqCst);
        tell_starved(&self.0.starved, &self.0.wake);
    }
}

/// The open children of a split, over all its groups.
pub struct Window {
    open: AtomicUsize,
    limit: usize,
    starved: AtomicBool,
    wake: Wake,
}

/// The open children of one group.
#[derive(Default)]
pub struct GroupCount {
    open: AtomicUsize,
    is_cut: AtomicBool,
}

impl GroupCount {
    /// Returns whether the group has no open child.
    pub fn is_empty(&self) -> bool {
        self.open.load(Ordering::SeqCst) == 0
    }

    /// Returns whether no more of the group is wanted.
    pub fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::SeqCst)
    }
}

impl Window {
    /// Makes a window of `limit` open children.
    pub fn new(limit: usize, wake: Wake) -> Arc<Self> {
        Arc::new(Self { open: AtomicUsize::new(0), limit, starved: AtomicBool::new(false), wake })
    }

    /// Returns how many more children fit, before any group's right to one.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.open.load(Ordering::SeqCst))
    }

    /// Asks to be woken when a child is closed.
    pub fn await_room(&self) {
        self.starved.store(true, Ordering::SeqCst);
    }

    /// Opens a child of a group, inside the child that the group itself belongs to.
    pub fn open(self: &Arc<Self>, group: &Arc<GroupCount>, parent: Option<Arc<Token>>) -> Arc<Token> {
        self.open.fetch_add(1, Ordering::SeqCst);
        group.open.fetch_add(1, Ordering::SeqCst);
        Arc::new(Token { parent, window: self.clone(), group: group.clone() })
    }
}

/// An open child. It travels with every message of the child; when the last is gone, the child is closed.
pub struct Token {
    parent: Option<Arc<Token>>,
    window: Arc<Window>,
    group: Arc<GroupCount>,
}

impl Token {
    /// Says that no more children of the group are wanted. Whoever lets them out sees it; no message is sent.
    pub fn cut_group(&self) {
        self.group.is_cut.store(true, Ordering::SeqCst);
        (self.window.wake)();
    }

    /// Returns the token of the child that this child's group belongs to.
    pub fn parent(&self) -> Option<Arc<Self>> {
        self.parent.clone()
    }

    /// Returns the window that the child was let out under, and the count of its group.
    pub fn came_through(&self) -> (Arc<Window>, Arc<GroupCount>) {
        (self.window.clone(), self.group.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.group.open.fetch_sub(1, Ordering::SeqCst);
        self.window.open.fetch_sub(1, Ordering::SeqCst);
        tell_starved(&self.window.starved, &self.window.wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_woken_once_for_each_time_it_starved() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let credits = Credits::new(
            1,
            Box::new(move || {
                count.fetch_add(1, Ordering::SeqCst);
            }),
        );
        let permit = credits.take();
        assert!(permit.is_some());
        assert!(credits.take().is_none());
        drop(permit);
        assert_eq!(woken.load(Ordering::SeqCst), 1);
        drop(credits.take());
        assert_eq!(woken.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn several_are_taken_at_once_and_come_back_one_by_one() {
        let credits = Credits::new(3, Box::new(|| {}));
        let mut taken: Vec<_> = credits.take_up_to(2).collect();
        assert_eq!((taken.len(), credits.free()), (2, 1));
        taken.extend(credits.take_up_to(5));
        assert_eq!((taken.len(), credits.free()), (3, 0));
        taken.pop();
        assert_eq!(credits.free(), 1);
    }

    #[test]
    fn a_token_is_back_when_its_last_copy_is_gone() {
        let window = Window::new(2, Box::new(|| {}));
        let group = Arc::new(GroupCount::default());
        let token = window.open(&group, None);
        let copy = token.clone();
        drop(token);
        assert_eq!(window.room(), 1);
        drop(copy);
        assert_eq!(window.room(), 2);
        assert!(group.is_empty());
    }
}
