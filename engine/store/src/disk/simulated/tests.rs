//! What a simulated disk keeps and what it loses.

use super::*;

/// Enough cuts for each kind of loss to show.
const CUTS: u64 = 300;

fn disk() -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    disk.make_folder(Path::new("/store")).unwrap();
    disk
}

fn put(disk: &SimulatedDisk, path: &str, text: &str) -> Box<dyn StoreFile> {
    let file = disk.open(Path::new(path), Open::Write).unwrap();
    file.write_at(text.as_bytes(), 0).unwrap();
    file
}

/// Returns what can be found at a path after cuts, without what was found before.
fn found_after_cuts(disk: &SimulatedDisk, path: &str) -> Vec<Option<Vec<u8>>> {
    let mut found: Vec<_> = (0..CUTS).map(|seed| disk.cut(seed).read(Path::new(path)).ok()).collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn what_is_synced_with_its_name_is_there_after_every_cut() {
    let disk = disk();
    put(&disk, "/store/a", "safe").sync().unwrap();
    disk.sync_folder(Path::new("/store")).unwrap();
    assert_eq!(found_after_cuts(&disk, "/store/a"), [Some(b"safe".to_vec())]);
}

#[test]
fn what_is_not_synced_is_kept_lost_or_torn() {
    let disk = disk();
    let file = put(&disk, "/store/a", "safe");
    file.sync().unwrap();
    disk.sync_folder(Path::new("/store")).unwrap();
    file.write_at(b" and more", 4).unwrap();
    let found = found_after_cuts(&disk, "/store/a");
    assert!(found.iter().all(|bytes| bytes.as_ref().is_some_and(|bytes| bytes.starts_with(b"safe"))));
    assert!(found.contains(&Some(b"safe".to_vec())) && found.contains(&Some(b"safe and more".to_vec())));
    assert!(found.contains(&Some(b"safe\0\0\0\0\0\0\0\0\0".to_vec())) && found.len() > 10);
}

#[test]
fn a_name_that_is_not_synced_may_be_lost() {
    let disk = disk();
    put(&disk, "/store/a", "safe").sync().unwrap();
    assert_eq!(found_after_cuts(&disk, "/store/a"), [None, Some(b"safe".to_vec())]);
    disk.sync_whole(Path::new("/store")).unwrap();
    assert_eq!(found_after_cuts(&disk, "/store/a").len(), 1);
}

#[test]
fn a_rename_happens_whole_or_not_at_all() {
    let disk = disk();
    for (name, text) in [("/store/old", "old"), ("/store/new", "new")] {
        put(&disk, name, text).sync().unwrap();
    }
    disk.sync_folder(Path::new("/store")).unwrap();
    disk.rename(Path::new("/store/new"), Path::new("/store/old"), Put::Over).unwrap();
    let left = |seed| disk.cut(seed).write_to_memory();
    let before = [("/store/new", "new"), ("/store/old", "old")];
    let after = [("/store/old", "new")];
    let texts = |pairs: &[(&str, &str)]| pairs.iter().map(|(p, t)| (p.to_string(), t.to_string())).collect::<Vec<_>>();
    let seen: Vec<_> = (0..CUTS).map(left).collect();
    assert!(seen.iter().all(|seen| *seen == texts(&before) || *seen == texts(&after)));
    assert!(seen.contains(&texts(&before)) && seen.contains(&texts(&after)));
}

impl SimulatedDisk {
    fn write_to_memory(&self) -> Vec<(String, String)> {
        let text = |path: &PathBuf| String::from_utf8(self.read(path).unwrap()).unwrap();
        self.paths().iter().map(|path| (path.display().to_string(), text(path))).collect()
    }
}

#[test]
fn a_file_that_was_cut_off_is_as_long_as_before_or_as_after() {
    let disk = disk();
    let file = put(&disk, "/store/a", "long");
    disk.sync_whole(Path::new("/store")).unwrap();
    file.set_size(2).unwrap();
    assert_eq!(disk.read(Path::new("/store/a")).unwrap(), b"lo");
    let found = found_after_cuts(&disk, "/store/a");
    assert!(found.iter().flatten().all(|bytes| bytes.starts_with(b"lo") && bytes.len() <= 4), "{found:?}");
    file.sync().unwrap();
    assert_eq!(found_after_cuts(&disk, "/store/a"), [Some(b"lo".to_vec())]);
}

#[test]
fn after_so_many_operations_there_is_no_power() {
    let disk = disk();
    disk.cut_after(2);
    let file = disk.open(Path::new("/store/a"), Open::New).unwrap();
    file.write_at(b"x", 0).unwrap();
    assert!(file.sync().is_err() && disk.list(Path::new("/store")).is_err());
    let again = disk.cut(0);
    assert!(again.list(Path::new("/store")).is_ok());
}

#[test]
fn a_full_disk_takes_no_more_until_there_is_room() {
    let disk = disk();
    disk.set_room(Some(4));
    let file = put(&disk, "/store/a", "1234");
    assert_eq!(file.write_at(b"5", 4).unwrap_err().kind(), ErrorKind::StorageFull);
    disk.remove(Path::new("/store/a")).unwrap();
    put(&disk, "/store/b", "1234");
}

#[test]
fn what_a_sync_has_refused_is_not_safe_until_it_is_written_again() {
    let disk = disk();
    let file = put(&disk, "/store/a", "text");
    disk.sync_folder(Path::new("/store")).unwrap();
    disk.fail_syncs(1);
    assert!(file.sync().is_err());
    file.sync().unwrap();
    assert!(found_after_cuts(&disk, "/store/a").iter().any(|found| found.as_deref() != Some(b"text")));
    file.write_at(b"text", 0).unwrap();
    file.sync().unwrap();
    assert_eq!(found_after_cuts(&disk, "/store/a"), [Some(b"text".to_vec())]);
}

/// What both disks promise to who holds a file.
fn files_are_held_by_who_writes_them(disk: &dyn StoreDisk, folder: &Path) {
    let path = folder.join("a");
    let file = disk.open(&path, Open::New).unwrap();
    assert_eq!(disk.open(&path, Open::New).err().map(|e| e.kind()), Some(ErrorKind::AlreadyExists));
    assert_eq!(disk.open(&path, Open::Write).err().map(|e| e.kind()), Some(ErrorKind::WouldBlock));
    assert!(disk.is_held(&path).unwrap());
    file.write_at(b"text", 2).unwrap();
    assert_eq!(disk.read(&path).unwrap(), b"\0\0text");
    file.make_read_only().unwrap();
    drop(file);
    assert!(!disk.is_held(&path).unwrap());
    let entry = Entry { name: "a".into(), is_folder: false, size_bytes: 6, takes_bytes: 6 };
    assert_eq!(disk.list(folder).unwrap(), [entry]);
    disk.remove(&path).unwrap();
    assert_eq!(disk.read(&path).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(disk.list(&path).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn both_disks_keep_the_same_promises() {
    let folder = tempfile::tempdir().unwrap();
    files_are_held_by_who_writes_them(&RealDisk, folder.path());
    files_are_held_by_who_writes_them(&disk(), Path::new("/store"));
}

#[test]
fn a_folder_goes_in_and_comes_out_again() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(from.path().join("below")).unwrap();
    fs::write(from.path().join("below/a"), "text").unwrap();
    let disk = SimulatedDisk::of_folder(from.path()).unwrap().cut(7);
    disk.write_to(from.path(), to.path()).unwrap();
    assert_eq!(fs::read_to_string(to.path().join("below/a")).unwrap(), "text");
    disk.damage(&from.path().join("below/a"), |bytes| bytes[0] = b'n').unwrap();
    assert_eq!(disk.read(&from.path().join("below/a")).unwrap(), b"next");
}
