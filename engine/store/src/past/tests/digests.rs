//! A digest says what the files say that it speaks for, or nothing.

use super::*;

/// Returns all that a past knows, in words.
fn all(past: &Past) -> Vec<String> {
    let mut all = vec![format!("{:?} {:?} {} parts", past.began(), past.files(), past.parts())];
    for (name, step) in past.steps() {
        let mut of_step = vec![format!("{name}: {:?}", step.info())];
        of_step.extend(step.results().map(|result| format!("{name} {:?}", Result { step: 0, ..result })));
        of_step.extend(step.listings().map(|(group, listing)| {
            format!("{name} {group}: {:?} {}", listing.from(0).collect::<Vec<_>>(), listing.is_whole())
        }));
        of_step.sort();
        all.extend(of_step);
    }
    all.extend(past.failures().map(|failure| format!("{failure:?}")));
    all.extend(past.notes().map(|note| format!("{note:?}")));
    all
}

fn run(disk: &SimulatedDisk) -> Run {
    Runs::new(Arc::new(disk.clone()), Some("/runs".into())).find(Some("a")).unwrap()
}

fn read(disk: &SimulatedDisk) -> Vec<String> {
    let (past, damage) = past(disk);
    assert!(damage.is_empty(), "{damage:?}");
    all(&past)
}

fn failure(step: usize, key: &str) -> Record {
    let Record::Result(result) = result(step, key, 4) else { unreachable!() };
    Record::Result(Result { came: Came::Failed { causes: vec!["no".into()], hint: None, attempts: 1 }, ..result })
}

fn done(step: usize, key: &str, fate: Fate) -> Record {
    event(What::Done { step, key: key.into(), name: String::new(), fate, took_ms: None })
}

fn lost() -> Fate {
    Fate::Failed { causes: vec!["no".into()], hint: None, attempts: 1 }
}

fn noted(key: &str, note: Option<u64>) -> Record {
    let note = note.map(|content| ("n".to_owned(), content.into()));
    Record::Noted(Noted { step: "a".into(), key: key.into(), note })
}

/// Returns what three processes did that worked on a run: steps have other numbers in each, children are listed anew, one
/// group has a gap, failures come and go.
fn processes() -> [Vec<Record>; 3] {
    let file = Record::GraphFile { path: "g.yaml".into(), content: b"windlass: 1".to_vec() };
    let group = |step, key: &str, count| event(What::Group { step, key: key.into(), count, cause: None });
    let [handled, other] = ["1", "2"].map(|key| event(What::Handled { step: 0, key: key.into() }));
    [
        vec![
            began(&["a", "find"]),
            file,
            started(&["a", "find"]),
            listed(1, 0, &["x", "y", "z"]),
            result(0, "0", 1),
            failure(0, "1"),
            done(0, "1", lost()),
            handled,
            failure(0, "3"),
            done(0, "3", Fate::Emitted),
            noted("0", Some(1)),
            noted("1", Some(2)),
        ],
        vec![
            began(&["find", "a", "late"]),
            listed(0, 1, &["Y"]),
            result(0, "", 2),
            group(0, "", 2),
            result(1, "0", 9),
            done(1, "7", lost()),
            noted("1", None),
        ],
        vec![began(&["a", "find"]), done(0, "2", lost()), other, listed(1, 9, &["gap"]), result(0, "5", 1)],
    ]
}

fn disk_with(processes: &[Vec<Record>]) -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    processes.iter().for_each(|records| part(&disk, records));
    disk
}

#[test]
fn a_digest_says_what_the_files_say_and_the_rest_is_read_behind_it() {
    let processes = processes();
    for covered in 1..=processes.len() {
        let disk = disk_with(&processes[..covered]);
        past(&disk).0.write_digest(&run(&disk)).unwrap();
        assert_eq!(read(&disk), read(&disk_with(&processes[..covered])), "{covered} files");
        processes[covered..].iter().for_each(|records| part(&disk, records));
        let (read, _) = past(&disk);
        assert_eq!((read.digested, read.parts()), (covered, processes.len()));
        assert_eq!(all(&read), all(&past(&disk_with(&processes)).0), "{covered} files of all");
        read.write_digest(&run(&disk)).unwrap();
        assert_eq!(past(&disk).0.digested, processes.len(), "a digest of a digest");
        assert_eq!(all(&past(&disk).0), all(&read));
    }
}

#[test]
fn a_digest_that_is_damaged_or_of_other_files_counts_for_nothing() {
    let processes = processes();
    let disk = disk_with(&processes);
    let expected = read(&disk);
    past(&disk).0.write_digest(&run(&disk)).unwrap();
    let path = Path::new(FOLDER).join("digest");
    let whole = disk.read(&path).unwrap();
    for at in 0..whole.len() {
        disk.damage(&path, |bytes| bytes[at] ^= 1 << (at % 8)).unwrap();
        assert_eq!(read(&disk), expected, "byte {at}");
        disk.damage(&path, |bytes| *bytes = whole[..at].to_vec()).unwrap();
        assert_eq!(read(&disk), expected, "cut at {at}");
        disk.damage(&path, |bytes| bytes.clone_from(&whole)).unwrap();
    }
    assert_eq!(past(&disk).0.digested, 3, "the test put everything back");
    let last = Path::new(FOLDER).join("journal.2");
    disk.damage(&last, |bytes| bytes.extend([0; 9])).unwrap();
    assert_eq!(past(&disk).0.digested, 0, "a file has grown");
    assert_eq!(read(&disk), expected);
}

#[test]
fn a_cut_of_the_power_leaves_a_digest_that_counts_or_none() {
    let processes = processes();
    let disk = disk_with(&processes);
    let expected = read(&disk);
    past(&disk).0.write_digest(&run(&disk)).unwrap();
    for seed in 0..64 {
        assert_eq!(read(&disk.cut(seed)), expected, "cut {seed}");
    }
}

/// Goes on with a run as a process does: it reads what earlier ones did, begins a file of its own, and says these things.
fn go_on(disk: &SimulatedDisk, records: &[Record]) {
    let before = Runs::new(Arc::new(disk.clone()), Some("/runs".into())).find(Some("a")).ok();
    let before = before.map(|run| (Past::read(&run).unwrap().0, run));
    let journal = Journal::create(disk, Path::new(FOLDER)).unwrap();
    if let Some((past, run)) = before {
        past.keep_digest(&run, &journal).unwrap();
    }
    for record in records {
        journal.append(record).unwrap();
    }
    journal.commit_all().unwrap();
}

#[test]
fn a_digest_is_kept_where_much_is_read_again_without_it() {
    let many = |from: u64| {
        let results = (from..from + 2_000).map(|key| result(0, &key.to_string(), key));
        std::iter::once(began(&["a"])).chain(results).collect::<Vec<_>>()
    };
    let disk = disk_with(&[]);
    let digested = |records: &[Record]| {
        go_on(&disk, records);
        past(&disk).0.digested
    };
    assert_eq!([digested(&many(0)), digested(&many(0)), digested(&[])], [0, 0, 0], "little is read again");
    assert_eq!(digested(&many(2_000)), 0);
    assert_eq!([digested(&many(2_000)), digested(&[])], [4, 4], "more than the digest itself has");
}

#[test]
fn no_digest_hides_damage() {
    let disk = disk_with(&[]);
    let file = Record::GraphFile { path: "g.yaml".into(), content: vec![7; 300_000] };
    part(&disk, &[began(&["a"]), file, result(0, "0", 1), result(0, "1", 1)]);
    disk.damage(&Path::new(FOLDER).join("journal.0"), |bytes| bytes[60] ^= 1).unwrap();
    go_on(&disk, &[began(&["a"])]);
    let (past, damage) = past(&disk);
    assert_eq!((past.digested, damage.len()), (0, 1), "{damage:?}");
}
