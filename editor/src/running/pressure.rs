//! How full the wires of a run are, how fast items go over them, and which node holds the run back.

use std::collections::HashMap;
use std::time::Instant;

use windlass_core::event::{RunState, StepState};
use windlass_runtime::Gauge;

use crate::canvas::live::{Figures, WireLive};
use crate::canvas::scene::{Scene, SceneWire};
use crate::words::rate_in_words;

/// Over how long a wire is looked at before it counts as one that holds back, in seconds.
const LONG: f32 = 1.0;
/// Share of that time for which it has to be full.
const MOSTLY: f32 = 0.6;
/// Over how long rates are measured, in seconds.
const RATE: f32 = 1.0;

/// What is known of the wires of a run.
#[derive(Default)]
pub struct Pressure {
    edges: Vec<Edge>,
    sampled: Option<Instant>,
}

/// What is known of one wire.
struct Edge {
    gauge: Gauge,
    /// For which share of the last time it was full.
    full: f32,
    rate: f32,
    bytes_rate: f32,
    measured: (u64, u64, Instant),
}

impl Pressure {
    /// Takes in how full the wires are now.
    pub fn sample(&mut self, gauges: Vec<Gauge>, now: Instant) {
        let passed = self.sampled.replace(now).map_or(0.0, |before| (now - before).as_secs_f32());
        let weight = 1.0 - (-passed / LONG).exp();
        if self.edges.len() != gauges.len() {
            self.edges = gauges.into_iter().map(|gauge| Edge::new(gauge, now)).collect();
            return;
        }
        self.edges.iter_mut().zip(gauges).for_each(|(edge, gauge)| edge.sample(gauge, weight, now));
    }

    /// Returns what the canvas shows of each wire, by its place in the scene; the names of its steps begin with a prefix.
    pub fn wires(&self, scene: &Scene, prefix: &str, state: &RunState) -> Vec<Option<WireLive>> {
        let mut wires = vec![None; scene.wires.len()];
        let mut between: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, wire) in scene.wires.iter().enumerate() {
            between.entry((wire.from, wire.to)).or_default().push(at);
        }
        let place = |step: &StepState| scene.place(step.info.name.strip_prefix(prefix)?.split('/').next()?);
        let places: Vec<_> = state.steps.iter().map(place).collect();
        let own = |step: usize| places.get(step).copied().flatten();
        for edge in &self.edges {
            let ends = own(edge.gauge.from).zip(own(edge.gauge.to));
            for at in ends.and_then(|ends| between.get(&ends)).into_iter().flatten() {
                if edge.is_over(&scene.wires[*at]) {
                    wires[*at].get_or_insert_with(|| edge.live());
                }
            }
        }
        wires
    }

    /// Says which node holds the run back, where one does: items wait for it, and it waits for nobody.
    pub fn bottleneck(&self, state: &RunState, rates: &[f32]) -> Option<String> {
        let full = || self.edges.iter().filter(|edge| edge.is_full());
        let (mut most, mut waits) = (vec![0.0_f32; state.steps.len()], vec![false; state.steps.len()]);
        for edge in full() {
            most.get_mut(edge.gauge.to).into_iter().for_each(|most| *most = most.max(edge.full));
            waits.get_mut(edge.gauge.from).into_iter().for_each(|waits| *waits = true);
        }
        let last = (0..most.len()).filter(|at| !waits[*at]).max_by(|one, other| most[*one].total_cmp(&most[*other]))?;
        let into_last = full().filter(|edge| edge.gauge.to == last);
        let mut held: Vec<_> = into_last.filter_map(|edge| state.steps.get(edge.gauge.from)).collect();
        held.dedup_by_key(|step| step.info.name.clone());
        let first = held.first()?;
        let rate = rates.get(last).copied().unwrap_or_default();
        let rate = if rate > 0.0 { format!(": {}", rate_in_words(rate)) } else { String::new() };
        let waits = match held.len() {
            1 => format!("{} waits for it", first.info.name),
            more => format!("{} and {} more wait for it", first.info.name, more - 1),
        };
        Some(format!("{} holds the run back{rate}, {waits}", state.steps[last].info.name))
    }
}

impl Edge {
    fn new(gauge: Gauge, now: Instant) -> Self {
        let measured = (gauge.items, gauge.bytes, now);
        Self { gauge, full: 0.0, rate: 0.0, bytes_rate: 0.0, measured }
    }

    fn sample(&mut self, gauge: Gauge, weight: f32, now: Instant) {
        let is_full = if gauge.waiting >= gauge.limit { 1.0 } else { 0.0 };
        self.full += (is_full - self.full) * weight;
        let (items, bytes, since) = self.measured;
        let passed = (now - since).as_secs_f32();
        if passed >= RATE {
            self.rate = gauge.items.saturating_sub(items) as f32 / passed;
            self.bytes_rate = gauge.bytes.saturating_sub(bytes) as f32 / passed;
            self.measured = (gauge.items, gauge.bytes, now);
        }
        self.gauge = gauge;
    }

    /// Returns whether it is this wire of those between its two nodes.
    fn is_over(&self, wire: &SceneWire) -> bool {
        let gauge = &self.gauge;
        *wire.to_port == *gauge.to_port && (wire.position == gauge.position || wire.from_port == *gauge.from_port)
    }

    fn is_full(&self) -> bool {
        self.full >= MOSTLY
    }

    fn live(&self) -> WireLive {
        let Gauge { waiting, limit, items, bytes, .. } = self.gauge;
        let fill = waiting as f32 / limit.max(1) as f32;
        let figures = Figures { limit, items, rate: self.rate, bytes, bytes_rate: self.bytes_rate };
        WireLive { fill: fill.min(1.0), waiting, holds_back: self.is_full(), figures }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use windlass_core::event::{Event, StepInfo, What};

    use super::*;

    fn gauge(from: usize, to: usize, waiting: usize) -> Gauge {
        let (from_port, to_port): (Arc<str>, Arc<str>) = ("out".into(), "in".into());
        Gauge { from, from_port, to, to_port, position: 0, waiting, limit: 16, items: 40, bytes: 0 }
    }

    fn state() -> RunState {
        let step = |name: &str| StepInfo {
            name: name.into(),
            title: name.into(),
            kind: "k".into(),
            scope: Vec::new(),
            rows: Vec::new(),
            members: Vec::new(),
        };
        let steps = ["find", "open", "resize", "save"].map(step).into();
        let mut state = RunState::default();
        let (run, graph) = ("run".into(), "graph".into());
        let what = What::RunStarted { version: 1, run, graph, unix_ms: 0, seed: 0, steps };
        state.apply(&Event { seq: 0, at_ms: 0, what });
        state
    }

    /// Looks ten times in three seconds at wires that stay as full as this.
    fn looked(waiting: [usize; 3]) -> Pressure {
        let (mut pressure, begun) = (Pressure::default(), Instant::now());
        for tenth in 0..30 {
            let gauges = waiting.iter().enumerate().map(|(at, waiting)| gauge(at, at + 1, *waiting)).collect();
            pressure.sample(gauges, begun + Duration::from_millis(100 * tenth));
        }
        pressure
    }

    #[test]
    fn the_node_that_all_wait_for_is_named() {
        let rates = [41.0, 41.0, 41.2, 41.0];
        let said = looked([16, 16, 2]).bottleneck(&state(), &rates);
        assert_eq!(said.as_deref(), Some("resize holds the run back: 41/s, open waits for it"));
        let said = looked([16, 3, 16]).bottleneck(&state(), &rates);
        assert!(said.is_some(), "two places are full, and one of them is named");
    }

    #[test]
    fn nobody_is_named_where_nothing_is_full() {
        assert_eq!(looked([15, 15, 15]).bottleneck(&state(), &[]), None);
        assert_eq!(Pressure::default().bottleneck(&state(), &[]), None);
    }

    #[test]
    fn a_moment_of_fullness_does_not_count() {
        let mut pressure = looked([1, 1, 1]);
        let now = pressure.sampled.unwrap() + Duration::from_millis(30);
        pressure.sample(vec![gauge(0, 1, 16), gauge(1, 2, 16), gauge(2, 3, 1)], now);
        assert_eq!(pressure.bottleneck(&state(), &[]), None);
    }
}
