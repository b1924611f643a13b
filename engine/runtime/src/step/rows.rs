//! What a step does with the wires that are handed out again under each row of a batch.

use std::sync::Arc;

use windlass_core::key::{Key, Place};
use windlass_core::plan::{self, StepInput};

use super::Step;
use super::parked::Waiting;
use super::replay::Replaying;
use crate::credits::Token;
use crate::message::Body;
use crate::sabotage::Broken;

/// The rows that a step lies under, where something is handed out again under them.
pub struct UnderRows {
    /// How many levels they are.
    depth: usize,
    /// An input that each row comes on.
    driver: Option<usize>,
    /// What inputs have brought that are handed out again under each row.
    replaying: Vec<Option<Replaying>>,
}

impl UnderRows {
    /// Finds the input that tells a step its rows.
    pub fn of(step: &plan::Step, broken: Broken) -> Self {
        let is_needed = step.inputs.iter().any(|input| input.replays.is_some());
        let depth = if is_needed { step.rows } else { 0 };
        let brings_rows =
            |input: &StepInput| input.replays.is_none() && input.scope_inside().starts_with(&step.scope[..depth]);
        let driver = step.inputs.iter().position(brings_rows).filter(|_| is_needed);
        let replaying = |input: &StepInput| input.replays.map(|replays| Replaying::new(replays, broken));
        Self { depth, driver, replaying: step.inputs.iter().map(replaying).collect() }
    }

    /// Returns what an input keeps for all rows, if it does.
    pub fn replaying(&self, input: usize) -> Option<&Replaying> {
        self.replaying[input].as_ref()
    }

    /// Returns whether the ends of groups at a depth are those that the driver brings.
    pub fn bring_end(&self, depth: usize) -> bool {
        depth < self.depth
    }

    /// Returns whether an input tells the rows.
    pub fn are_told_by(&self, input: usize) -> bool {
        self.driver == Some(input)
    }
}

impl Step {
    /// Opens the row of an item or group, if it is one that tells of a row that is new.
    pub(super) fn tell_row(&mut self, input: usize, place: &Arc<Place>, token: Option<&Arc<Token>>) {
        let (depth, rows) = (place.key().depth(), self.rows.depth);
        if !self.rows.are_told_by(input) || depth < rows {
            return;
        }
        let row = place.at_depth(rows);
        let token = (rows..depth).fold(token.cloned(), |token, _| token?.parent());
        for (replaying, parking) in self.rows.replaying.iter_mut().zip(&mut self.parking) {
            if let (Some(replaying), Some(parking)) = (replaying, parking) {
                replaying.open(&row, token.clone(), parking);
            }
        }
    }

    /// Keeps an item for all rows.
    pub(super) fn keep_for_rows(
        &mut self,
        input: usize,
        place: Arc<Place>,
        kept: Option<Arc<Token>>,
        waiting: Waiting,
    ) {
        if let (Some(replaying), Some(parking)) = (&mut self.rows.replaying[input], &mut self.parking[input]) {
            replaying.item(place, kept, waiting, parking);
        }
    }

    /// Keeps the end of a group for all rows.
    pub(super) fn keep_end_for_rows(&mut self, input: usize, group: Arc<Place>, token: Option<Arc<Token>>, body: Body) {
        let Body::End { count, cause } = body else { return };
        if let (Some(replaying), Some(parking)) = (&mut self.rows.replaying[input], &mut self.parking[input]) {
            replaying.end(group, token, (count, cause), parking);
        }
    }

    /// Lets go of groups whose items are all joined.
    pub(super) fn closed(&mut self, groups: &[Key]) {
        for group in groups {
            self.join.release(group);
            self.close_rows(group);
        }
    }

    fn close_rows(&mut self, group: &Key) {
        for (replaying, parking) in self.rows.replaying.iter_mut().zip(&mut self.parking) {
            if let (Some(replaying), Some(parking)) = (replaying, parking) {
                replaying.close(group, parking);
            }
        }
    }
}
