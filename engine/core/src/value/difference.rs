//! How two values differ that are known not to be alike: texts by line, tables by row, pictures by their samples.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Image, Samples, Table, Value};

/// Longer texts and tables, both together and without what is alike at both ends, are compared as a whole.
const MOST_PARTS: usize = 10_000;

/// Tables with more rows are not compared by row.
const MOST_ROWS: usize = 50_000;

/// Of what was added, removed and changed, this many are listed.
const MOST_LISTED: usize = 100;

/// How two values differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Difference {
    /// As what they are, in a few words; they may differ in something that these do not say.
    Words {
        /// The first.
        old: String,
        /// The second.
        new: String,
    },
    /// As texts.
    Lines(Edits),
    /// As tables.
    Rows(Edits),
    /// As pictures of the same size.
    Picture(Picture),
}

/// What makes one text or table of another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Edits {
    /// How many parts the second has not.
    pub removed: usize,
    /// How many the first has not.
    pub added: usize,
    /// How many rows are there in both, with other fields.
    pub changed: usize,
    /// The first of them, in order.
    pub listed: Vec<Edit>,
}

/// One part that is not alike. Places are counted from 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Only the first has it.
    Removed {
        /// Its place in the first.
        at: usize,
        /// What it says.
        text: String,
    },
    /// Only the second has it.
    Added {
        /// Its place in the second.
        at: usize,
        /// What it says.
        text: String,
    },
    /// A row with other fields.
    Changed {
        /// Its place in the second.
        at: usize,
        /// The columns that differ: name, and what both say; `null` where one has no such column.
        columns: Vec<(String, Json, Json)>,
    },
}

/// How the samples of two pictures differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picture {
    /// Pixels of which a sample differs.
    pub pixels: u64,
    /// All pixels.
    pub of: u64,
    /// Mean difference of all samples, 0.0 to 1.0 for samples of integers.
    pub mean: f64,
    /// The greatest difference of a sample.
    pub greatest: f64,
    /// The smallest part of the picture in which all of that lies: left, top, width, height.
    pub area: [u32; 4],
}

impl Value {
    /// Returns how another value differs from this one, where it does.
    pub fn difference(&self, new: &Self) -> Difference {
        match (self, new) {
            (Self::Text(old), Self::Text(new)) => by_line(old, new),
            (Self::Image(before), Self::Image(after)) => pictures(before, after).unwrap_or_else(|| in_words(self, new)),
            (Self::Table(old), Self::Table(new)) if old.rows().max(new.rows()) <= MOST_ROWS => {
                by_row(&rows(old), &rows(new))
            }
            _ => match (self.to_json(), new.to_json()) {
                (Some(Json::Array(old)), Some(Json::Array(new))) => by_row(&old, &new),
                (Some(old @ Json::Object(_)), Some(new @ Json::Object(_))) => {
                    by_line(&format!("{old:#}"), &format!("{new:#}"))
                }
                _ => in_words(self, new),
            },
        }
    }
}

fn rows(table: &Table) -> Vec<Json> {
    (0..table.rows()).map(|at| Json::Object(table.row(at))).collect()
}

fn in_words(old: &Value, new: &Value) -> Difference {
    Difference::Words { old: old.summary(), new: new.summary() }
}

/// Compares two texts line by line.
pub fn by_line(old: &str, new: &str) -> Difference {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut edits = Edits::default();
    for (removed, added) in changed_parts(&old, &new) {
        edits.remove(removed, &old);
        edits.add(added, &new);
    }
    Difference::Lines(edits)
}

/// Compares two tables row by row. Rows that stand at the same place between rows that are alike are compared by column.
pub fn by_row(old: &[Json], new: &[Json]) -> Difference {
    let texts = |rows: &[Json]| rows.iter().map(Json::to_string).collect::<Vec<_>>();
    let (old_texts, new_texts) = (texts(old), texts(new));
    let mut edits = Edits::default();
    for (removed, added) in changed_parts(&old_texts, &new_texts) {
        let pairs = removed.len().min(added.len());
        for (before, after) in removed.clone().zip(added.clone()) {
            edits.change(after, &old[before], &new[after]);
        }
        edits.remove(removed.start + pairs..removed.end, &old_texts);
        edits.add(added.start + pairs..added.end, &new_texts);
    }
    Difference::Rows(edits)
}

type Part = std::ops::Range<usize>;

/// Returns the parts that are not alike: those of the first, each with those of the second that stand in their place.
fn changed_parts<T: Eq + std::hash::Hash + Ord>(old: &[T], new: &[T]) -> Vec<(Part, Part)> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    if old.len() + new.len() > MOST_PARTS {
        return vec![(head..head + old.len(), head..head + new.len())];
    }
    let parts = |op: &DiffOp| (op.old_range(), op.new_range());
    let shifted = |part: Part| part.start + head..part.end + head;
    let ops = capture_diff_slices(Algorithm::Myers, old, new);
    let changed = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).map(parts);
    changed.map(|(old, new)| (shifted(old), shifted(new))).collect()
}

impl Edits {
    fn remove(&mut self, parts: Part, texts: &[impl AsRef<str>]) {
        self.removed += parts.len();
        parts.for_each(|at| self.list(|| Edit::Removed { at: at + 1, text: texts[at].as_ref().to_owned() }));
    }

    fn add(&mut self, parts: Part, texts: &[impl AsRef<str>]) {
        self.added += parts.len();
        parts.for_each(|at| self.list(|| Edit::Added { at: at + 1, text: texts[at].as_ref().to_owned() }));
    }

    fn change(&mut self, at: usize, old: &Json, new: &Json) {
        self.changed += 1;
        self.list(|| Edit::Changed { at: at + 1, columns: columns(old, new) });
    }

    fn list(&mut self, edit: impl FnOnce() -> Edit) {
        if self.listed.len() < MOST_LISTED {
            self.listed.push(edit());
        }
    }
}

fn columns(old: &Json, new: &Json) -> Vec<(String, Json, Json)> {
    let (Json::Object(before), Json::Object(after)) = (old, new) else {
        return vec![(String::new(), old.clone(), new.clone())];
    };
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let field = |name: &&String| {
        let of = |row: &serde_json::Map<_, _>| row.get(*name).cloned().unwrap_or_default();
        ((*name).clone(), of(before), of(after))
    };
    names.iter().map(field).filter(|(_, old, new)| old != new).collect()
}

/// Compares two pictures; `None` where their sizes, channels or kinds of samples differ.
pub fn pictures(old: &Image, new: &Image) -> Option<Difference> {
    if (old.width(), old.height(), old.channels()) != (new.width(), new.height(), new.channels()) {
        return None;
    }
    let channels = old.channels().count();
    let width = old.width() as usize;
    let differences = match (old.samples(), new.samples()) {
        (Samples::U8(old), Samples::U8(new)) => sums(old, new, [channels, width], |s| f64::from(s) / 255.0),
        (Samples::U16(old), Samples::U16(new)) => sums(old, new, [channels, width], |s| f64::from(s) / 65_535.0),
        (Samples::F32(old), Samples::F32(new)) => sums(old, new, [channels, width], f64::from),
        _ => return None,
    };
    Some(Difference::Picture(differences))
}

fn sums<T: Copy>(old: &[T], new: &[T], [channels, width]: [usize; 2], as_f64: impl Fn(T) -> f64) -> Picture {
    let (mut sum, mut greatest, mut pixels) = (0.0, 0.0_f64, 0);
    let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
    for (at, (old, new)) in old.chunks_exact(channels).zip(new.chunks_exact(channels)).enumerate() {
        let most = old.iter().zip(new).map(|(old, new)| (as_f64(*old) - as_f64(*new)).abs());
        let most = most.inspect(|difference| sum += difference).fold(0.0, f64::max);
        if most > 0.0 {
            pixels += 1;
            greatest = greatest.max(most);
            (left, right) = (left.min(at % width), right.max(at % width + 1));
            (top, bottom) = (top.min(at / width), bottom.max(at / width + 1));
        }
    }
    let side = |from: usize, to: usize| u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
    let area = if pixels == 0 { [0; 4] } else { [side(0, left), side(0, top), side(left, right), side(top, bottom)] };
    let of = (old.len() / channels.max(1)) as u64;
    Picture { pixels, of, mean: sum / (old.len().max(1) as f64), greatest, area }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use std::sync::Arc;

    use crate::value::Channels;

    #[test]
    fn texts_differ_by_line() {
        let old = Value::text("one\ntwo\nthree\nfour");
        let Difference::Lines(edits) = old.difference(&Value::text("one\n2\nthree\nfour\nfive")) else { panic!() };
        assert_eq!((edits.removed, edits.added, edits.changed), (1, 2, 0));
        let text = |text: &str| text.to_owned();
        let listed = [
            Edit::Removed { at: 2, text: text("two") },
            Edit::Added { at: 2, text: text("2") },
            Edit::Added { at: 5, text: text("five") },
        ];
        assert_eq!(edits.listed, listed);
    }

    #[test]
    fn tables_differ_by_row_and_column() {
        let row = |name: &str, size: u32| json!({ "name": name, "size": size });
        let old = [row("a", 1), row("b", 2), row("c", 3), row("d", 4)];
        let new = [row("a", 1), row("b", 5), row("c", 3)];
        let Difference::Rows(edits) = by_row(&old, &new) else { panic!() };
        assert_eq!((edits.removed, edits.added, edits.changed), (1, 0, 1));
        let changed = Edit::Changed { at: 2, columns: vec![("size".into(), 2.into(), 5.into())] };
        assert_eq!(edits.listed, [changed, Edit::Removed { at: 4, text: row("d", 4).to_string() }]);
    }

    #[test]
    fn pictures_differ_by_their_samples() {
        let picture = |samples: [u8; 6]| {
            Value::Image(Arc::new(Image::new(3, 2, Channels::Gray, Samples::U8(samples.to_vec())).unwrap()))
        };
        let (old, new) = (picture([0, 0, 0, 0, 0, 0]), picture([0, 0, 0, 0, 51, 255]));
        let Difference::Picture(found) = old.difference(&new) else { panic!() };
        assert_eq!((found.pixels, found.of, found.area), (2, 6, [1, 1, 2, 1]));
        assert!((found.mean - 0.2).abs() < 1e-9 && (found.greatest - 1.0).abs() < 1e-9, "{found:?}");
        let small = Value::Image(Arc::new(Image::new(1, 1, Channels::Gray, Samples::U8(vec![0])).unwrap()));
        let words = Difference::Words { old: "image 3×2 gray8".into(), new: "image 1×1 gray8".into() };
        assert_eq!(old.difference(&small), words);
    }

    #[test]
    fn long_texts_are_compared_as_a_whole_and_the_list_has_an_end() {
        let lines = |prefix: &str| (0..MOST_PARTS).map(|line| format!("{prefix}{line}\n")).collect::<String>();
        let Difference::Lines(edits) = by_line(&lines("a"), &lines("b")) else { panic!() };
        assert_eq!((edits.removed, edits.added, edits.listed.len()), (MOST_PARTS, MOST_PARTS, MOST_LISTED));
    }

    #[test]
    fn what_fits_nothing_is_told_in_words() {
        let words = Value::Int(1).difference(&Value::text("x"));
        assert_eq!(words, Difference::Words { old: "1".into(), new: "\"x\"".into() });
        let Difference::Lines(edits) =
            Value::Json(Arc::new(json!({ "a": 1 }))).difference(&Value::Json(Arc::new(json!({ "a": 2 }))))
        else {
            panic!()
        };
        assert_eq!((edits.removed, edits.added), (1, 1));
    }
}
