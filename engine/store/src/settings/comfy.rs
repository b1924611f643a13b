//! The table `comfy` of a file of settings: ComfyUI servers, and how long they are waited for.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use windlass_core::problem::{Problem, Source, Span, nearest};

use super::file::take;
use super::{Gathered, KEYS, Origin};

/// The name of the table.
pub(super) const TABLE: &str = "comfy";

/// The environment variable that names servers by their addresses alone, with commas between them.
pub(super) const VARIABLE: &str = "WINDLASS_COMFY";

/// What a server may have.
const FIELDS: [&str; 4] = ["address", "headers", "tags", "weight"];

/// The most that a server may weigh.
const HEAVIEST: i64 = 1_000;

/// A ComfyUI server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComfyServer {
    /// Where it is, as it was written.
    pub address: String,
    /// What is sent with each request, and the environment variable that has the value of it.
    pub headers: Vec<(String, String)>,
    /// Words by which work is sent to it.
    pub tags: Vec<String>,
    /// How much of the work it gets beside others, 1 to 1,000.
    pub weight: u32,
    /// Where it was named.
    pub origin: Origin,
}

impl ComfyServer {
    fn at(address: &str, origin: Origin) -> Self {
        Self { address: address.to_owned(), headers: Vec::new(), tags: Vec::new(), weight: 1, origin }
    }
}

/// Reads the servers that the environment names.
pub(super) fn take_variable(text: &str, gathered: &mut Gathered) {
    let addresses = text.split(',').map(str::trim).filter(|address| !address.is_empty());
    let servers: Vec<_> = addresses.map(|address| ComfyServer::at(address, Origin::Variable(VARIABLE))).collect();
    if !servers.is_empty() {
        gathered.settings.servers = servers;
    }
}

/// A file, and whether it is a person's own.
pub(super) struct Place<'a> {
    pub path: &'a Path,
    pub source: &'a Arc<Source>,
    pub is_own: bool,
}

impl Place<'_> {
    fn span(&self, range: Range<usize>) -> Option<Span> {
        Some(Span { source: self.source.clone(), range })
    }

    fn wrong(&self, message: impl Into<String>, range: Range<usize>) -> Problem {
        Problem::error("bad-setting", message).at(self.span(range))
    }
}

/// Reads the table.
pub(super) fn read(place: &Place<'_>, table: &DeValue<'_>, range: Range<usize>, gathered: &mut Gathered) {
    let DeValue::Table(table) = table else {
        gathered.problems.push(place.wrong("`comfy` must be a table: `[comfy]`, `[[comfy.servers]]`", range));
        return;
    };
    for (name, value) in table {
        let full = format!("{TABLE}.{}", name.get_ref());
        match KEYS.iter().find(|key| key.name == full) {
            Some(key) => take(key, value.get_ref(), place.path, place.span(value.span()), gathered),
            None if name.get_ref() == "servers" => servers(place, value.get_ref(), value.span(), gathered),
            None => {
                let known = KEYS.iter().filter_map(|key| key.name.strip_prefix("comfy.")).chain(["servers"]);
                let near = nearest(name.get_ref(), known).map(|near| format!("did you mean `{near}`?"));
                let problem = Problem::error("unknown-setting", format!("there is no setting `{full}`"));
                gathered.problems.push(problem.maybe_hint(near).at(place.span(name.span())));
            }
        }
    }
}

/// Reads the servers, which take the place of those of the file before.
fn servers(place: &Place<'_>, list: &DeValue<'_>, range: Range<usize>, gathered: &mut Gathered) {
    let DeValue::Array(list) = list else {
        return gathered.problems.push(place.wrong("servers are written as `[[comfy.servers]]`", range));
    };
    let mut servers = Vec::new();
    for one in list {
        match server(place, one.get_ref(), one.span(), &mut gathered.problems) {
            Ok(server) => servers.push(server),
            Err(problem) => gathered.problems.push(*problem),
        }
    }
    gathered.settings.servers = servers;
}

fn server(
    place: &Place<'_>,
    value: &DeValue<'_>,
    range: Range<usize>,
    problems: &mut Vec<Problem>,
) -> Result<ComfyServer, Box<Problem>> {
    let DeValue::Table(table) = value else {
        return Err(Box::new(place.wrong("a server is a table with an `address`", range)));
    };
    let line = place.span(range.clone()).map_or(1, |span| span.line_column().0);
    let mut server = ComfyServer::at("", Origin::File(place.path.to_owned(), line));
    for (name, value) in table {
        let (at, value) = (value.span(), value.get_ref());
        let taken = match name.get_ref().as_ref() {
            "address" => text(value).map(|address| server.address = address).ok_or("a text: `\"http://box:8188\"`"),
            "tags" => texts(value).map(|tags| server.tags = tags).ok_or("a list of texts"),
            "weight" => weight(value).map(|weight| server.weight = weight).ok_or("a whole number from 1 to 1000"),
            "headers" => {
                let refused = foreign(place, at.clone());
                // Not all who read settings stop at problems, so that what is refused is not taken either.
                let is_taken = refused.is_none();
                problems.extend(refused);
                headers(value)
                    .map(|headers| server.headers = if is_taken { headers } else { Vec::new() })
                    .ok_or("a table of headers, each with the name of the environment variable that has its value")
            }
            other => {
                let near = nearest(other, FIELDS).map(|near| format!("did you mean `{near}`?"));
                let problem = Problem::error("unknown-setting", format!("a server has no `{other}`"));
                problems.push(problem.maybe_hint(near).at(place.span(name.span())));
                continue;
            }
        };
        problems
            .extend(taken.err().map(|expected| place.wrong(format!("`{}` must be {expected}", name.get_ref()), at)));
    }
    match server.address.is_empty() {
        true => Err(Box::new(place.wrong("a server needs an `address`", range))),
        false => Ok(server),
    }
}

/// Refuses headers in files that may be somebody else's: what the environment holds would go wherever their server stands.
fn foreign(place: &Place<'_>, range: Range<usize>) -> Option<Problem> {
    let problem =
        place.wrong("`headers` stand in your own settings, because a workspace may come from somebody else", range);
    (!place.is_own).then(|| problem.hint("name the server in `settings.toml` in your folder of configuration"))
}

fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|one| text(one.get_ref())).collect()
}

fn weight(value: &DeValue<'_>) -> Option<u32> {
    let DeValue::Integer(number) = value else { return None };
    let weight = number.to_string().parse::<i64>().ok().filter(|weight| (1..=HEAVIEST).contains(weight))?;
    u32::try_from(weight).ok()
}

fn headers(value: &DeValue<'_>) -> Option<Vec<(String, String)>> {
    let DeValue::Table(table): &DeValue<'_> = value else { return None };
    let table: &DeTable<'_> = table;
    table.iter().map(|(name, value)| Some((name.get_ref().to_string(), text(value.get_ref())?))).collect()
}
