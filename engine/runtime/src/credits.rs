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
    pub fn take_up_to(self: &Arc<Self>, count: usize) -> Permits {
        let mut taken = self.try_take_up_to(count);
        if taken < count {
            self.starved.store(true, Ordering::SeqCst);
            // Some may have come back in between, without having seen that somebody waits.
            taken += self.try_take_up_to(count - taken);
        }
        Permits { credits: self.clone(), count: taken }
    }

    /// Returns how many permits are to be had.
    pub fn free(&self) -> usize {
        self.free.load(Ordering::SeqCst)
    }

    fn try_take(&self) -> bool {
        self.try_take_up_to(1) == 1
    }

    fn give_back(&self, count: usize) {
        self.free.fetch_add(count, Ordering::SeqCst);
        tell_starved(&self.starved, &self.wake);
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
        self.0.give_back(1);
    }
}

/// Room for several; dropping gives back what was not split off.
pub struct Permits {
    credits: Arc<Credits>,
    count: usize,
}

impl Permits {
    /// Returns for how many there is room.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes the room for one out.
    pub fn take_one(&mut self) -> Option<Permit> {
        self.count = self.count.checked_sub(1)?;
        Some(Permit(self.credits.clone()))
    }

    /// Takes the room for `count` out, or all there is.
    pub fn split_off(&mut self, count: usize) -> Self {
        let count = count.min(self.count);
        self.count -= count;
        Self { credits: self.credits.clone(), count }
    }
}

impl Drop for Permits {
    fn drop(&mut self) {
        if self.count > 0 {
            self.credits.give_back(self.count);
        }
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
        self.count(group, 1);
        Arc::new(Token(Tokens { parent, window: self.clone(), group: group.clone(), count: 1 }))
    }

    /// Opens `count` children of a group at once.
    pub fn open_many(self: &Arc<Self>, group: &Arc<GroupCount>, parent: Option<Arc<Token>>, count: usize) -> Tokens {
        self.count(group, count);
        Tokens { parent, window: self.clone(), group: group.clone(), count }
    }

    fn count(&self, group: &GroupCount, count: usize) {
        self.open.fetch_add(count, Ordering::SeqCst);
        group.open.fetch_add(count, Ordering::SeqCst);
    }
}

/// An open child. It travels with every message of the child; when the last is gone, the child is closed.
pub struct Token(Tokens);

impl Token {
    /// Says that no more children of the group are wanted. Whoever lets them out sees it; no message is sent.
    pub fn cut_group(&self) {
        self.0.group.is_cut.store(true, Ordering::SeqCst);
        (self.0.window.wake)();
    }

    /// Returns the token of the child that this child's group belongs to.
    pub fn parent(&self) -> Option<Arc<Self>> {
        self.0.parent.clone()
    }

    /// Returns the window that the child was let out under, and the count of its group.
    pub fn came_through(&self) -> (Arc<Window>, Arc<GroupCount>) {
        (self.0.window.clone(), self.0.group.clone())
    }
}

/// Open children of a group that travel together. They are closed when this is dropped, but for those that were taken out.
pub struct Tokens {
    parent: Option<Arc<Token>>,
    window: Arc<Window>,
    group: Arc<GroupCount>,
    count: usize,
}

impl Tokens {
    /// Returns how many children these are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes one out, which is closed by itself.
    pub fn take_one(&mut self) -> Option<Arc<Token>> {
        (self.count > 0).then(|| Arc::new(Token(self.split_off(1))))
    }

    /// Takes `count` out, or all there are.
    pub fn split_off(&mut self, count: usize) -> Self {
        let count = count.min(self.count);
        self.count -= count;
        Self { parent: self.parent.clone(), window: self.window.clone(), group: self.group.clone(), count }
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        if self.count > 0 {
            self.group.open.fetch_sub(self.count, Ordering::SeqCst);
            self.window.open.fetch_sub(self.count, Ordering::SeqCst);
            tell_starved(&self.window.starved, &self.window.wake);
        }
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
        let mut taken = credits.take_up_to(2);
        assert_eq!((taken.count(), credits.free()), (2, 1));
        let rest = credits.take_up_to(5);
        assert_eq!((rest.count(), credits.free()), (1, 0));
        drop(taken.take_one());
        assert_eq!((taken.count(), credits.free()), (1, 1));
        drop((taken.split_off(7), rest));
        assert_eq!((taken.count(), credits.free()), (0, 3));
        assert!(taken.take_one().is_none());
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

    #[test]
    fn tokens_of_many_come_back_together_or_one_by_one() {
        let window = Window::new(5, Box::new(|| {}));
        let group = Arc::new(GroupCount::default());
        let mut tokens = window.open_many(&group, None, 4);
        let (one, two) = (tokens.take_one(), tokens.split_off(2));
        assert_eq!((tokens.count(), two.count(), window.room()), (1, 2, 1));
        drop(one);
        assert_eq!(window.room(), 2);
        drop(two);
        assert!(!group.is_empty());
        drop(tokens);
        assert_eq!(window.room(), 5);
        assert!(group.is_empty());
    }
}
