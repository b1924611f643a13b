//! `image.near_duplicates`: groups of pictures whose hashes differ in few bits.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};
use windlass_core::json;
use windlass_core::prelude::*;
use windlass_core::value::{List, Member};

use crate::shared::hamming;

/// The most hashes that are grouped at once.
const MOST_HASHES: usize = 1_000_000;

/// How alike they are.
#[derive(Params)]
pub struct Settings {
    /// In how many of 64 bits two hashes may differ to belong together. Groups are linked by such steps, so that the ends of a
    /// long one may differ more.
    #[param(default = 6, min = 0, max = 16)]
    distance: u32,
}

/// A group of pictures.
#[derive(Inputs)]
pub struct In {
    /// The hashes of the group, as `image.hash` gives them: 16 hexadecimal digits each.
    hashes: Collected<String>,
    /// What stands for each picture and is handed on in its group: its file, for instance. It is found by the name of the item, so
    /// that there may be more values than hashes.
    #[port(unread, same = "T")]
    values: Collected<Value>,
}

/// One group of near duplicates.
#[derive(Outputs)]
pub struct Group {
    /// What stands for each picture of the group, in order.
    #[port(same = "T")]
    members: Arc<List>,
    /// What the pictures are called.
    names: Vec<String>,
    /// How many there are, at least 2.
    size: usize,
    /// The number of the group, counted from 1.
    number: usize,
}

/// The groups.
#[derive(Outputs)]
pub struct Out {
    /// An item for each group of two or more, called as its first picture.
    #[children]
    groups: Children<Group>,
    /// All groups in one list; each has `group`, its number, and `members`, each with `name`, `hash` and `distance`, the number of
    /// bits that differ from the first of the group.
    report: Json,
    /// The same, with a row for each picture that has near duplicates.
    table: Arc<Table>,
    /// The number of its group for each hash that came, in their order; 0 for a picture without near duplicates.
    numbers: Vec<usize>,
    /// How many groups there are.
    count: usize,
}

/// `image.near_duplicates`
pub struct NearDuplicates;

impl Node for NearDuplicates {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.near_duplicates",
            "Near duplicates",
            "Waits for the hashes of a whole group of pictures, and makes an item of each set that look alike. A picture without a \
             near duplicate is in none. At the default distance 100,000 hashes take about a second and a few megabytes.",
        )
        .cpu()
        .pair()
        .search(&["similar", "duplicate", "deduplicate", "group", "cluster", "hamming", "phash"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let found = find(&inputs, params.distance, ctx)?;
        let (list, values) = (inputs.hashes.list().clone(), inputs.values.list());
        let count = found.groups.len();
        let members = members(&found.groups, &list, values)?;
        Ok(Out {
            report: found.report(&list),
            table: Arc::new(Table::from_rows(&found.rows(&list))),
            numbers: found.numbers(),
            count,
            groups: children(members),
        })
    }
}

/// What was found.
struct Found {
    hashes: Vec<u64>,
    /// Indices of the members, the groups by their first member.
    groups: Vec<Vec<usize>>,
}

fn find(inputs: &In, distance: u32, ctx: &Ctx) -> Result<Found, NodeError> {
    let count = inputs.hashes.len();
    if count > MOST_HASHES {
        let message = format!("{count} hashes are more than the {MOST_HASHES} that are grouped at once");
        return Err(NodeError::new(message).hint("group a part of the pictures at a time").permanent());
    }
    let mut hashes = Vec::with_capacity(count);
    for (at, hash) in inputs.hashes.iter().enumerate() {
        hashes.push(parse(&hash?, || inputs.hashes.list().name(at))?);
    }
    check_pairs(&hashes, distance)?;
    let firsts = hamming::groups(&hashes, distance, || ctx.check_cancelled())?;
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    firsts.iter().enumerate().for_each(|(at, first)| groups.entry(*first).or_default().push(at));
    Ok(Found { hashes, groups: groups.into_values().filter(|members| members.len() > 1).collect() })
}

/// Refuses hashes that share so many bits that too many of them would be held against each other.
fn check_pairs(hashes: &[u64], distance: u32) -> Result<(), NodeError> {
    let pairs = hamming::pairs(hashes, distance);
    if pairs <= hamming::MAX_PAIRS {
        return Ok(());
    }
    let message = format!(
        "{} hashes at a `distance` of {distance} take {pairs} comparisons, more than {}",
        hashes.len(),
        hamming::MAX_PAIRS
    );
    Err(NodeError::new(message).hint("make `distance` smaller, or group a part of the pictures at a time").permanent())
}

fn parse(text: &str, name: impl Fn() -> Arc<str>) -> Result<u64, NodeError> {
    let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let hash = u64::from_str_radix(text, 16).ok().filter(|_| digits);
    hash.ok_or_else(|| {
        NodeError::new(format!("the hash of `{}` is not 16 hexadecimal digits: `{text}`", name()))
            .hint("`image.hash` gives such hashes")
            .permanent()
    })
}

impl Found {
    /// Says of a member what the report has.
    fn member(&self, list: &List, group: &[usize], at: usize) -> Map<String, Json> {
        let (first, hash) = (self.hashes[group[0]], self.hashes[at]);
        let fields = [
            ("name", Json::from(&*list.name(at))),
            ("hash", format!("{hash:016x}").into()),
            ("distance", (first ^ hash).count_ones().into()),
        ];
        fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect()
    }

    fn report(&self, list: &List) -> Json {
        let members = |group: &[usize]| group.iter().map(|at| self.member(list, group, *at)).collect::<Vec<_>>();
        let groups = self.groups.iter().enumerate();
        groups.map(|(index, group)| json!({ "group": index + 1, "members": members(group) })).collect()
    }

    fn rows(&self, list: &List) -> Vec<Map<String, Json>> {
        let mut rows = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            for at in group {
                let number = [("group".to_owned(), Json::from(index + 1))];
                rows.push(number.into_iter().chain(self.member(list, group, *at)).collect());
            }
        }
        rows
    }

    fn numbers(&self) -> Vec<usize> {
        let mut numbers = vec![0; self.hashes.len()];
        for (index, group) in self.groups.iter().enumerate() {
            group.iter().for_each(|at| numbers[*at] = index + 1);
        }
        numbers
    }
}

/// Finds the values of the members of each group by their names.
fn members(groups: &[Vec<usize>], list: &List, values: &List) -> Result<Vec<Arc<List>>, NodeError> {
    let places: HashMap<Arc<str>, usize> = (0..values.len()).map(|at| (values.name(at), at)).collect();
    let member = |name: &Arc<str>| {
        let place = places.get(name).ok_or_else(|| {
            NodeError::new(format!("no value came for the hash of `{name}`"))
                .hint("wire `values` and `hashes` from steps of the same items")
                .permanent()
        });
        place.map(|at| values.members()[*at].clone())
    };
    let group = |group: &Vec<usize>| -> Result<Arc<List>, NodeError> {
        let names: Vec<Arc<str>> = group.iter().map(|at| list.name(*at)).collect();
        let members: Vec<Member> = names.iter().map(member).collect::<Result<_, _>>()?;
        Ok(Arc::new(List::new(members).named(names)))
    };
    groups.iter().map(group).collect()
}

fn children(groups: Vec<Arc<List>>) -> Children<Group> {
    Children::named(groups.into_iter().enumerate().map(|(index, members)| {
        let names: Vec<String> = members.names().iter().map(ToString::to_string).collect();
        let size = members.len();
        Ok((members.name(0).to_string(), Group { members, names, size, number: index + 1 }))
    }))
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
photo:
  kind: image.open
  inputs: { file: find.file }
hash:
  kind: image.hash
  inputs: { image: photo.image }
alike:
  kind: image.near_duplicates
  params: { distance: 16 }
  inputs: { hashes: hash.hash, values: find.file }
write:
  kind: files.write
  params: { path: out/alike.json }
  inputs: { value: alike.report }
"#;

fn sample() -> Sample {
    let hashes = ["0000000000000000", "ffffffffffffffff", "0000000000000003"];
    let list = || Value::List(Arc::new(hashes.map(Value::text).into_iter().collect::<List>()));
    Sample::new().input("hashes", list()).input("values", list())
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;

    fn list(texts: &[&str]) -> List {
        texts.iter().map(Value::text).collect()
    }

    fn bench(hashes: &[&str]) -> Harness {
        let letters: Vec<Arc<str>> = ('a'..='z').take(hashes.len()).map(|letter| letter.to_string().into()).collect();
        let values: List = (10..).take(hashes.len()).map(Value::Int).collect();
        let hashes = Arc::new(list(hashes).named(letters.clone()));
        let values = values.named(letters);
        Harness::of::<NearDuplicates>()
            .input("hashes", Value::List(hashes))
            .input("values", Value::List(Arc::new(values)))
    }

    fn found() -> Gave {
        let hashes =
            ["00000000000000ff", "ffffffffffffffff", "0000000000000000", "f0000000000000ff", "ffffffffffffff0f"];
        bench(&hashes).param("distance", 4).fire().unwrap()
    }

    #[test]
    fn each_group_is_an_item_with_its_members() {
        let gave = found();
        let [first, second] = gave.children() else { panic!("two groups") };
        assert_eq!((first.name(), first.get("number"), first.get("size")), (Some("a"), Ok(1), Ok(2)));
        assert_eq!(first.get::<Vec<i64>>("members"), Ok(vec![10, 13]));
        assert_eq!(second.get::<Vec<String>>("names"), Ok(vec!["b".into(), "e".into()]));
        let members: Arc<List> = second.get("members").unwrap();
        assert_eq!(&*members.name(1), "e");
    }

    #[test]
    fn the_report_the_table_and_the_numbers_say_the_same() {
        let gave = found();
        let report: Json = gave.get("report").unwrap();
        assert_eq!(report[1]["members"][1], json!({ "name": "e", "hash": "ffffffffffffff0f", "distance": 4 }));
        let table: Arc<Table> = gave.get("table").unwrap();
        let expected = json!({ "group": 1, "name": "d", "hash": "f0000000000000ff", "distance": 4 });
        assert_eq!((table.rows(), Json::Object(table.row(1))), (4, expected));
        assert_eq!(gave.get::<Vec<i64>>("numbers"), Ok(vec![1, 2, 0, 1, 2]));
        assert_eq!(gave.get::<i64>("count"), Ok(2));
    }

    #[test]
    fn an_empty_group_has_none() {
        let gave = bench(&[]).fire().unwrap();
        assert_eq!((gave.children().len(), gave.get::<i64>("count"), gave.get("report")), (0, Ok(0), Ok(json!([]))));
    }

    #[test]
    fn what_is_no_hash_is_named() {
        for wrong in ["+123456789abcdef", "123", "zzzzzzzzzzzzzzzz", ""] {
            let error = bench(&["0000000000000000", wrong]).fire().map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), format!("the hash of `b` is not 16 hexadecimal digits: `{wrong}`"));
            assert!(error.is_permanent() && error.hint_text().is_some());
        }
    }

    #[test]
    fn too_many_comparisons_are_refused_and_a_long_search_can_be_stopped() {
        let alike: Vec<u64> = (0..500_000).collect();
        let error = check_pairs(&alike, 1).unwrap_err();
        let expected = "500000 hashes at a `distance` of 1 take 124999750000 comparisons, more than 100000000000";
        assert_eq!(error.to_string(), expected);
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("`distance`")));
        assert_eq!(check_pairs(&alike, 0), Ok(()));
        let texts: Vec<_> = (0..3000).map(|hash| format!("{hash:016x}")).collect();
        let list = || Value::List(Arc::new(texts.iter().map(Value::text).collect::<List>()));
        let bench = Harness::of::<NearDuplicates>().input("hashes", list()).input("values", list());
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn values_are_found_by_name_and_one_that_lacks_is_named() {
        let named = |texts: &[&str], names: &[&str]| {
            let names = names.iter().map(|name| Arc::from(*name)).collect();
            Value::List(Arc::new(list(texts).named(names)))
        };
        let hashes = named(&["0000000000000000", "0000000000000001"], &["b", "d"]);
        let bench = |values| Harness::of::<NearDuplicates>().input("hashes", hashes.clone()).input("values", values);
        let gave = bench(named(&["A", "B", "C", "D"], &["a", "b", "c", "d"])).fire().unwrap();
        assert_eq!(gave.children()[0].get::<Vec<String>>("members"), Ok(vec!["B".into(), "D".into()]));
        let error = bench(named(&["A", "B"], &["a", "b"])).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "no value came for the hash of `d`");
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("the same items")));
    }
}
