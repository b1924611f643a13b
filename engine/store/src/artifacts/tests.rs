//! Kept values come back whole or not at all: from good disks, full ones, damaged ones, and after the power was cut.

use std::path::{Path, PathBuf};

use windlass_core::value::{Channels, File, Image, List, Member, Samples};

use super::*;
use crate::disk::{Lie, RealDisk, SimulatedDisk};

const HOME: &str = "/w/.windlass";

fn on(disk: &SimulatedDisk) -> Artifacts {
    Artifacts::open(Arc::new(disk.clone()), &Layout::new(Path::new(HOME)), Codecs::default())
}

/// Returns a text without a pattern that could be made fewer, of at least so many bytes.
fn noise(seed: u64, bytes: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    let mut raw = vec![0; bytes];
    hasher.finalize_xof().fill(&mut raw);
    raw.iter().map(|byte| char::from_u32(u32::from(*byte) + 0x2800).unwrap()).collect()
}

/// Returns values that are kept in each of the ways.
fn values() -> Vec<Value> {
    let picture = Image::new(
        200,
        150,
        Channels::Rgb,
        Samples::U8((0..90_000_u32).map(|at| (at.wrapping_mul(at) >> 8) as u8).collect()),
    );
    let picture = Value::Image(Arc::new(picture.unwrap()));
    let file = File::in_memory(noise(1, 30_000).into_bytes(), "a.bin", "application/octet-stream");
    let members = (0..50).map(|at| Value::text(noise(at, 200))).chain([picture.clone(), Value::Int(7)]);
    let list = List::new(members.map(Member::Ready).collect()).named(vec!["first".into(), "second".into()]);
    vec![
        Value::Absent,
        Value::Float(f64::NAN),
        Value::text("short"),
        Value::text("again ".repeat(20_000)),
        Value::text(noise(2, 2000)),
        Value::text(noise(3, 50_000)),
        Value::Json(Arc::new(serde_json::json!({ "rows": [1.5, null, "x"] }))),
        picture,
        Value::File(Arc::new(file)),
        Value::List(Arc::new(list.clone())),
        Value::List(Arc::new(List::new(vec![Member::Ready(Value::List(Arc::new(list)))]))),
    ]
}

/// Returns a value with all that it holds, as text.
fn told(value: &Value) -> String {
    match value {
        Value::List(list) => {
            let members: Vec<_> = list.members().iter().map(|member| told(&member.read().unwrap())).collect();
            format!("{:?} {members:?}", list.names())
        }
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

fn blob_files(disk: &SimulatedDisk) -> Vec<PathBuf> {
    disk.paths().into_iter().filter(|path| path.starts_with(format!("{HOME}/blobs"))).collect()
}

#[test]
fn every_value_comes_back_before_and_after_the_commit_and_in_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Artifacts::open(Arc::new(RealDisk), &Layout::new(folder.path()), Codecs::default());
    let artifacts = open();
    let kept: Vec<_> = values().into_iter().map(|value| (artifacts.put(&value).unwrap(), told(&value))).collect();
    let check = |artifacts: &Artifacts| {
        for (stored, meant) in &kept {
            assert!(artifacts.contains(stored));
            assert_eq!(told(&artifacts.get(stored).unwrap()), *meant);
        }
    };
    check(&artifacts);
    artifacts.commit().unwrap();
    check(&artifacts);
    check(&open());
    let unfinished = std::fs::read_dir(folder.path().join("unfinished")).unwrap().count();
    assert_eq!(unfinished, 0);
}

#[test]
fn the_same_bytes_are_written_once() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    let [small, large] = [Value::text(noise(1, 1000)), Value::text(noise(1, 100_000))];
    let first = [artifacts.put(&small).unwrap(), artifacts.put(&large).unwrap()];
    assert_eq!(artifacts.put(&small).unwrap(), first[0]);
    artifacts.commit().unwrap();
    assert_eq!([artifacts.put(&small).unwrap(), artifacts.put(&large).unwrap()], first);
    artifacts.commit().unwrap();
    assert_eq!(on(&disk).put(&large).unwrap(), first[1]);
    assert_eq!(blob_files(&disk).len(), 1);
}

#[test]
fn the_content_of_a_file_is_found_by_its_hash_whatever_it_is_called() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    let bytes = noise(5, 40_000).into_bytes();
    let put = |name: &str| artifacts.put(&Value::File(Arc::new(File::in_memory(bytes.clone(), name, "a/b")))).unwrap();
    let (one, other) = (put("one"), put("other"));
    assert_ne!(one, other);
    let content = artifacts.parts(&one).unwrap().content.unwrap();
    assert_eq!(content.hash(), blake3::hash(&bytes));
    assert_eq!(artifacts.parts(&other).unwrap().content, Some(content));
}

#[test]
fn a_list_without_one_of_its_members_is_missing() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    let members = [Value::text(noise(1, 100_000)), Value::text(noise(2, 100_000))];
    let stored = artifacts.put(&Value::List(Arc::new(members.into_iter().collect()))).unwrap();
    artifacts.commit().unwrap();
    let parts = artifacts.parts(&stored).unwrap().values;
    assert_eq!(parts.len(), 2);
    disk.remove_blob(&parts[1]);
    assert!(matches!(artifacts.get(&stored), Err(Missing::Gone { hash }) if hash == parts[1].hash()));
}

impl SimulatedDisk {
    fn remove_blob(&self, stored: &Stored) {
        crate::StoreDisk::remove(self, &Layout::new(Path::new(HOME)).blob(&stored.hash())).unwrap();
    }
}

#[test]
fn a_damaged_blob_is_set_aside_and_named_and_can_be_kept_again() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    let value = Value::text(noise(1, 100_000));
    let stored = artifacts.put(&value).unwrap();
    artifacts.commit().unwrap();
    disk.damage(&blob_files(&disk)[0], |bytes| bytes[77] ^= 4).unwrap();
    let missing = artifacts.get(&stored).unwrap_err();
    let Missing::Damaged { path, .. } = &missing else { panic!("{missing}") };
    assert!(path.starts_with(format!("{HOME}/damaged")) && disk.paths().contains(path));
    assert!(matches!(artifacts.get(&stored), Err(Missing::Gone { .. })));
    assert_eq!(artifacts.put(&value).unwrap(), stored);
    assert_eq!(told(&artifacts.get(&stored).unwrap()), told(&value));
}

#[test]
fn no_changed_byte_is_ever_served() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    let values: Vec<_> =
        (0..4).map(|seed| Value::text(noise(seed, 300))).chain([Value::text(noise(9, 30_000))]).collect();
    let kept: Vec<_> = values.iter().map(|value| (artifacts.put(value).unwrap(), told(value))).collect();
    artifacts.commit().unwrap();
    drop(artifacts);
    for path in disk.paths() {
        let size = crate::StoreDisk::read(&disk, &path).unwrap().len();
        for at in (0..size.min(120)).chain((120..size).step_by(61 + size / 100)) {
            let damaged = disk.cut(0);
            damaged.damage(&path, |bytes| bytes[at] ^= 0x21).unwrap();
            let artifacts = on(&damaged);
            let mut whole = 0;
            for (stored, meant) in &kept {
                if let Ok(value) = artifacts.get(stored) {
                    assert_eq!(told(&value), *meant);
                    whole += 1;
                }
            }
            // One byte costs the value that it belongs to, and none where it belongs to the header of a pack.
            assert!(whole >= kept.len() - 1, "{} byte {at}: {whole} left", path.display());
            artifacts.packed(|place| assert!(kept.iter().any(|(stored, _)| *stored == Stored::Packed(place)))).unwrap();
        }
    }
}

#[test]
fn what_was_committed_survives_every_cut_of_the_power() {
    // A script asks for more.
    let cuts = std::env::var("CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(120);
    for seed in 0..cuts {
        let disk = SimulatedDisk::default();
        let Kept { durable, rest } = kept_until_the_cut(&disk, seed);
        let found = disk.cut(seed);
        let again = on(&found);
        assert_eq!(lost(&again, &durable), 0, "cut {seed}");
        assert!(rest.iter().all(|(stored, meant)| again.get(stored).map_or(true, |value| told(&value) == *meant)));
        let mut packed = Vec::new();
        again.packed(|place| packed.push(Stored::Packed(place))).unwrap();
        let unseen = durable.iter().find(|(stored, _)| matches!(stored, Stored::Packed(_)) && !packed.contains(stored));
        assert_eq!(unseen, None, "cut {seed}");
        // The workspace works as before.
        let stored = again.put(&Value::text(noise(seed, 40_000))).unwrap();
        again.commit().unwrap();
        assert!(on(&found.cut(seed)).get(&stored).is_ok());
    }
}

/// What would be lost without the syncs shows, or the cuts would prove nothing.
#[test]
fn a_disk_that_lies_about_its_syncs_loses_what_was_committed() {
    for lie in [Lie::Contents, Lie::Names] {
        let lost_on = |seed| {
            let disk = SimulatedDisk::default();
            disk.lie(lie);
            let kept = kept_until_the_cut(&disk, seed);
            lost(&on(&disk.cut(seed)), &kept.durable)
        };
        assert!((0..20).map(lost_on).sum::<usize>() > 0, "{lie:?}");
    }
}

/// Values that were kept until a cut, each with its text.
struct Kept {
    /// They were reported durable.
    durable: Vec<(Stored, String)>,
    rest: Vec<(Stored, String)>,
}

/// Returns how many of these are not there any more.
fn lost(artifacts: &Artifacts, kept: &[(Stored, String)]) -> usize {
    let is_lost =
        |(stored, meant): &&(Stored, String)| artifacts.get(stored).ok().as_ref().map(told).as_ref() != Some(meant);
    kept.iter().filter(is_lost).count()
}

/// Puts values and commits now and then until the power is cut.
fn kept_until_the_cut(disk: &SimulatedDisk, seed: u64) -> Kept {
    let artifacts = on(disk);
    disk.cut_after(1 + seed * 7 % 90);
    let (mut durable, mut rest) = (Vec::new(), Vec::new());
    for at in 0..200 {
        let size = [10, 400, 3000, 70_000][(seed + at) as usize % 4];
        let value = Value::text(noise(seed * 1000 + at / 2, size));
        let Ok(stored) = artifacts.put(&value) else { break };
        rest.push((stored, told(&value)));
        if (seed + at).is_multiple_of(5) {
            if artifacts.commit().is_err() {
                break;
            }
            durable.append(&mut rest);
        }
    }
    Kept { durable, rest }
}

#[test]
fn a_full_disk_is_told_apart_and_what_waits_is_kept_once_there_is_room() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    let small: Vec<_> = (0..20).map(|seed| Value::text(noise(seed, 500))).collect();
    let kept: Vec<_> = small.iter().map(|value| artifacts.put(value).unwrap()).collect();
    disk.set_room(Some(5000));
    assert!(artifacts.commit().unwrap_err().is_disk_full());
    let large = Value::text(noise(1, 100_000));
    assert!(artifacts.put(&large).unwrap_err().is_disk_full());
    disk.set_room(None);
    let large = artifacts.put(&large).unwrap();
    artifacts.commit().unwrap();
    let again = on(&disk.cut(3));
    assert!(kept.iter().chain([&large]).all(|stored| again.get(stored).is_ok()));
    assert!(!disk.paths().iter().any(|path| path.starts_with(format!("{HOME}/unfinished"))));
}

#[test]
fn what_a_sync_has_refused_is_written_again() {
    for failing in 1..4 {
        let disk = SimulatedDisk::default();
        let artifacts = on(&disk);
        let sizes = [500, 600, 70_000, 70_001, 70_002, 70_003];
        let kept: Vec<_> = sizes.map(|size| artifacts.put(&Value::text(noise(size as u64, size))).unwrap()).into();
        disk.fail_syncs(failing);
        let failed = (0..failing).filter(|_| artifacts.commit().is_err()).count();
        assert_eq!(failed as u32, failing);
        artifacts.commit().unwrap();
        for seed in 0..40 {
            let again = on(&disk.cut(seed));
            assert!(kept.iter().all(|stored| again.get(stored).is_ok()), "cut {seed} after {failing} refusals");
        }
    }
}

#[test]
fn many_threads_keep_the_same_and_other_values() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::open(Arc::new(RealDisk), &Layout::new(folder.path()), Codecs::default());
    let value = |at: u64| Value::text(noise(at, if at.is_multiple_of(3) { 70_000 } else { 900 }));
    let kept: Vec<Vec<_>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u64)
            .map(|thread| {
                let artifacts = artifacts.clone();
                scope.spawn(move || {
                    let put = |at: u64| {
                        let stored = artifacts.put(&value(at + thread % 2)).unwrap();
                        if at % 8 == thread {
                            artifacts.commit().unwrap();
                        }
                        (at + thread % 2, stored)
                    };
                    (0..30).map(put).collect()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    artifacts.commit().unwrap();
    let again = Artifacts::open(Arc::new(RealDisk), &Layout::new(folder.path()), Codecs::default());
    for (at, stored) in kept.iter().flatten() {
        assert_eq!(told(&again.get(stored).unwrap()), told(&value(*at)));
    }
}

#[test]
fn what_a_dead_process_left_unfinished_is_removed() {
    let disk = SimulatedDisk::default();
    let artifacts = on(&disk);
    artifacts.put(&Value::text(noise(1, 100_000))).unwrap();
    let unfinished =
        |disk: &SimulatedDisk| disk.paths().iter().any(|path| path.starts_with(format!("{HOME}/unfinished")));
    drop(on(&disk));
    assert!(unfinished(&disk), "a file that is being written is left alone");
    let after_the_kill = (0..).map(|seed| disk.cut(seed)).find(unfinished).unwrap();
    drop(on(&after_the_kill));
    assert!(!unfinished(&after_the_kill));
}
