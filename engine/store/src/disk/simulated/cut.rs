//! What a cut of the power leaves of a simulated disk.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::machine::{Content, Machine, Names};

/// A disk writes so many bytes whole or not at all.
const BLOCK_BYTES: usize = 512;

/// Returns the disk that is found after a cut.
pub(super) fn cut(machine: &Machine, seed: u64) -> Machine {
    let mut chance = Chance(seed);
    let names = names_left(machine, &mut chance);
    let mut left = Machine::default();
    let mut moved = BTreeMap::new();
    for (path, node) in names {
        let node = node.map(|node| {
            *moved.entry(node).or_insert_with(|| {
                left.contents.push(Content::of(bytes_left(&machine.contents[node], &mut chance)));
                left.contents.len() - 1
            })
        });
        left.names.insert(path, node);
    }
    left.synced = left.names.clone();
    left
}

fn names_left(machine: &Machine, chance: &mut Chance) -> Names {
    let mut names = machine.synced.clone();
    let fate = chance.below(4);
    let up_to = chance.below(machine.pending.len() + 1);
    for (at, change) in machine.pending.iter().enumerate() {
        let is_kept = match fate {
            0 => false,
            1 => true,
            2 => at < up_to,
            _ => chance.below(2) == 0,
        };
        if is_kept {
            change.apply(&mut names);
        }
    }
    reachable(names)
}

/// Drops what lies in folders that were lost.
fn reachable(names: Names) -> Names {
    let is_there = |path: &Path| path.ancestors().skip(1).all(|above| matches!(names.get(above), Some(None)));
    names.iter().filter(|(path, _)| is_there(path)).map(|(path, node)| (path.clone(), *node)).collect()
}

fn bytes_left(content: &Content, chance: &mut Chance) -> Vec<u8> {
    match chance.below(4) {
        0 => content.synced.clone(),
        1 => content.live.clone(),
        _ => torn(content, chance),
    }
}

fn torn(content: &Content, chance: &mut Chance) -> Vec<u8> {
    let (least, most) = (content.synced.len().min(content.live.len()), content.synced.len().max(content.live.len()));
    let mut bytes = content.synced.clone();
    bytes.resize(least + chance.below(most - least + 1), 0);
    for dirty in &content.dirty {
        let mut from = dirty.start;
        while from < dirty.end.min(bytes.len()) {
            let end = (from / BLOCK_BYTES + 1) * BLOCK_BYTES;
            let block = from..end.min(dirty.end).min(bytes.len());
            from = block.end;
            tear(&mut bytes, block, content, chance);
        }
    }
    bytes
}

/// Fills a block that was not synced: as it was meant, as it was, with zeros, or with anything.
fn tear(bytes: &mut [u8], block: Range<usize>, content: &Content, chance: &mut Chance) {
    match chance.below(4) {
        0 if block.end <= content.live.len() => bytes[block.clone()].copy_from_slice(&content.live[block]),
        1 => bytes[block].fill(0),
        2 => bytes[block].fill_with(|| chance.next() as u8),
        _ => {}
    }
}

/// Numbers that look like chance and come again with the seed (SplitMix64, Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}
