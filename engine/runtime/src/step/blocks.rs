//! Siblings that travel together: they come out of a split in a block, and go through the links of light steps in rows. Who
//! fails, waits or is held back leaves the block, and goes on alone.

use std::sync::Arc;
use std::time::Instant;

use windlass_core::key::Key;
use windlass_core::node::{ErasedChildren, NodeError, Outcome};

use super::Step;
use super::decide::wrong_type;
use super::fused::{Link, MOST_TOGETHER, Moving, Now};
use super::join::{Slot, Slots};
use super::outbox::Leaving;
use super::say::feeds_an_output;
use crate::block::Block;
use crate::memory::{Parcel, is_counted};
use crate::message::{Body, Message};
use crate::sabotage::Rule;
use crate::worker::pull_row;

/// An item that has left its block, and the link that it goes on with.
type Left = (usize, Moving);

impl Step {
    /// Returns whether siblings go through the links together: each link needs one value and gives one, nothing else is
    /// done with what comes and goes, and nobody wants to be told of each item.
    pub(super) fn can_take_blocks(&self) -> bool {
        let links = self.fused.iter().flat_map(|fused| &fused.links);
        let input = &self.first().inputs;
        self.is_counted
            && links.clone().all(Link::is_single)
            && input.len() == 1
            && input[0].replays.is_none()
            && self.parking[0].is_none()
            && self.order.is_none()
            && !self.plan().error_wired
            && self.ports.plain.iter().all(|port| self.sends_blocks_on(port))
    }

    /// Returns the only port whose children anybody takes, if these can go out together.
    pub(super) fn port_of_blocks(&self) -> Option<Arc<str>> {
        let is_plain = self.recall.is_none()
            && !self.shared.bus.tells_each_item()
            && self.order.is_none()
            && !self.plan().is_loop_head();
        let mut ports = self.ports.many.iter().filter(|port| self.is_taken(port));
        let port = ports.next().filter(|_| is_plain && ports.next().is_none())?;
        self.sends_blocks_on(port).then(|| port.clone())
    }

    /// Returns the port that children may go out on together now, and how many of them.
    pub(super) fn room_for_blocks(&self) -> Option<(Arc<str>, usize)> {
        Some((self.block_port.clone()?, self.outbox.room().min(MOST_TOGETHER)))
    }

    /// Asks light code for children, and lets them out at once.
    pub(super) fn pull_together(&mut self, group: &Key, children: ErasedChildren, count: usize) {
        let Some(port) = self.block_port.clone() else { return };
        let began = Instant::now();
        let (cells, other, rest) = pull_row(children, &port, count);
        self.counts[0].took += began.elapsed();
        if let Some(block) = self.groups.admit_row(group, cells, other, rest) {
            self.show_last(self.id, &port, &block);
            self.outbox.block(&port, block);
        }
    }

    pub(super) fn let_block_out(&mut self, block: Block) {
        if let Some(port) = &self.block_port {
            self.show_last(self.id, port, &block);
            self.outbox.block(port, block);
        }
    }

    /// Takes siblings in.
    pub(super) fn deliver_block(&mut self, input: usize, block: Block) {
        if !self.takes_blocks {
            return block.apart().for_each(|message| self.deliver(input, message));
        }
        let count = block.len() as u64;
        self.counts[0].admitted += count;
        let closed = self.tracker.joined_together(block.group.key(), count);
        self.blocks.push_back(block);
        self.closed(&closed);
    }

    /// Lets siblings go through the links, as many as there is room for; returns whether there were any.
    pub(super) fn fire_block(&mut self) -> bool {
        let Some(mut block) = self.next_block() else { return false };
        let Some(mut fused) = self.fused.take() else { return false };
        let mut left = Vec::new();
        for link in &mut fused.links {
            self.go_through_row(link, &mut block, &mut left);
        }
        self.fused = Some(fused);
        self.send_block(block);
        left.into_iter().for_each(|(link, moving)| self.go_through(link, vec![moving]));
        true
    }

    fn next_block(&mut self) -> Option<Block> {
        let under_way = self.outbox.backlog() + self.running;
        let room = self.fused.as_ref()?.slots.saturating_sub(under_way).min(MOST_TOGETHER);
        if room == 0 || !self.shared.control.may_start() {
            return None;
        }
        let mut block = self.blocks.pop_front()?;
        if block.len() > room {
            self.blocks.push_front(block.split_off(room));
        }
        // The room on the edge is given back here, as the firings begin.
        block.room = None;
        Some(block)
    }

    /// Fires a link for all items of a block.
    fn go_through_row(&mut self, link: &mut Link, block: &mut Block, left: &mut Vec<Left>) {
        link.clock.lap();
        self.refuse_wrong(link, block, left);
        let mut from = 0;
        while from < block.cells.len() {
            if !self.shared.control.may_start() {
                hold_back(link, block, from, left);
                break;
            }
            let (at, fired) = link.fire_row(block, from);
            if let Some(Ok(())) = fired {
                break;
            }
            self.leave_fired(link, block, at, fired, left);
            from = at + 1;
        }
        self.show_row(link, block);
        self.forget_row(link, block);
        self.count_row(link.at, block);
        self.counts[link.at].took += link.clock.lap();
    }

    /// Lets items go that bring what the link does not take.
    fn refuse_wrong(&mut self, link: &mut Link, block: &mut Block, left: &mut Vec<Left>) {
        let Some((name, ty)) = link.input() else { return };
        let is_wrong = |cell: &Option<Outcome>| matches!(cell, Some(Outcome::Value(value)) if !ty.admits(value));
        let wrong = block.cells.iter().enumerate().filter(|(_, cell)| is_wrong(cell));
        let error = |cell: &Option<Outcome>| match cell {
            Some(Outcome::Value(value)) => Some(wrong_type(name, ty, value)),
            _ => None,
        };
        let wrong: Vec<_> = wrong.filter_map(|(at, cell)| Some((at, error(cell)?))).collect();
        for (at, error) in wrong {
            self.leave_fired(link, block, at, Some(Err(error)), left);
        }
    }

    /// Lets an item go that has failed, or wants to wait.
    fn leave_fired(
        &mut self,
        link: &mut Link,
        block: &mut Block,
        at: usize,
        fired: Option<Result<(), NodeError>>,
        left: &mut Vec<Left>,
    ) {
        let Some((mut item, body)) = leave(block, at) else { return };
        let Body::Value(Parcel { value, .. }) = body else { return };
        if link.at > 0 {
            self.say_admitted_at(link.at, &item.place);
        }
        let now = self.came_back(link, &mut item, fired, |link| (link.bag_of(&value), Slots::new()));
        left.push((link.at + 1, Moving { item, now }));
    }

    /// Shows what a link gave last.
    fn show_row(&self, link: &Link, block: &Block) {
        if let Some(port) = link.only_output() {
            self.show_last(link.id, port, block);
        }
    }

    fn forget_row(&self, link: &Link, block: &Block) {
        if link.has_noted() {
            let here = block.cells.iter().enumerate().filter(|(_, cell)| cell.is_some());
            here.for_each(|(at, _)| self.forget_if_noted(link.id, &block.group.child(block.first + at as u64, None)));
        }
    }

    fn count_row(&mut self, at: usize, block: &mut Block) {
        let of_values =
            |cells: &[Option<Outcome>]| cells.iter().filter(|cell| matches!(cell, Some(Outcome::Value(_)))).count();
        let emitted = of_values(&block.cells) as u64;
        let skipped = block.len() as u64 - emitted;
        let counts = &mut self.counts[at];
        counts.emitted += emitted;
        counts.skipped += skipped;
        counts.admitted += if at > 0 { emitted + skipped } else { 0 };
        if self.shared.broken.is(Rule::BlockForgetsSkips) {
            block.forget_skips();
        }
    }

    /// Sends what came through. Large values are counted in memory, each by itself.
    fn send_block(&mut self, mut block: Block) {
        let Some(port) = self.ports.plain.first().cloned() else { return };
        for at in 0..block.cells.len() {
            let is_large = matches!(&block.cells[at], Some(Outcome::Value(value)) if is_counted(value));
            if is_large && let Some((item, Body::Value(parcel))) = leave(&mut block, at) {
                self.send_value(&port, &item, parcel.value);
            }
        }
        self.outbox.block(&port, block);
    }

    fn sends_blocks_on(&self, port: &str) -> bool {
        self.outbox.edges_of(port) <= 1 && !feeds_an_output(&self.shared.plan, self.id, port)
    }

    fn is_taken(&self, port: &str) -> bool {
        self.outbox.edges_of(port) > 0 || feeds_an_output(&self.shared.plan, self.id, port)
    }
}

/// Lets the items go that come from a cell on: they are ready as before, or go on alone where they have begun.
fn hold_back(link: &Link, block: &mut Block, from: usize, left: &mut Vec<Left>) {
    for at in from..block.cells.len() {
        if !matches!(block.cells[at], Some(Outcome::Value(_))) {
            continue;
        }
        let Some((item, Body::Value(parcel))) = leave(block, at) else { continue };
        let now =
            if link.at == 0 { Now::Slots(Slots::from_buf([Slot::Value(parcel)])) } else { Now::Value(parcel.value) };
        left.push((link.at, Moving { item, now }));
    }
}

fn leave(block: &mut Block, at: usize) -> Option<(Leaving, Body)> {
    let Message { place, token, body, .. } = block.take(at)?;
    Some((Leaving { place, token, kept: None }, body))
}
