//! Every saved graph, run as somebody would: what it is said to make is there, and is what it is said to be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::http::{Server, answer};
use crate::pictures::{self, Pixels};
use crate::program::{Ran, events, files_below, repository, windlass};

/// Runs a saved graph with its samples; its outputs and its workspace lie in the folder that is returned.
fn run(graph: &str, more: &[&str]) -> (Ran, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let file = format!("graphs/{graph}.yaml");
    let workspace = folder.path().join(".windlass");
    let args = ["run", &file, "--out", out, "--workspace", workspace.to_str().unwrap(), "--json"];
    let ran = windlass(&repository(), &[&args[..], more].concat());
    (ran, folder)
}

/// Returns the stems of the sample photos.
fn photos() -> BTreeSet<String> {
    let entries = fs::read_dir(repository().join("graphs/samples/photos")).unwrap();
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// A row of the sample table by column.
type Customer = BTreeMap<String, String>;

fn customers() -> Vec<Customer> {
    let mut table = csv::Reader::from_path(repository().join("graphs/samples/customers.csv")).unwrap();
    table.deserialize().map(|row| row.unwrap()).collect()
}

fn fates_of(lines: &[Json], step: &str, fate: &str) -> usize {
    let steps = events(lines, "run_started")[0]["steps"].as_array().unwrap();
    let id = steps.iter().position(|info| info["name"] == step).unwrap();
    events(lines, "done").into_iter().filter(|event| event["step"] == id && event["fate"]["fate"] == fate).count()
}

fn firings_of(lines: &[Json], step: &str) -> usize {
    let steps = events(lines, "run_started")[0]["steps"].as_array().unwrap();
    let id = steps.iter().position(|info| info["name"] == step).unwrap();
    events(lines, "firing").into_iter().filter(|event| event["step"] == id).count()
}

fn open(folder: &Path, name: &str) -> Pixels {
    pictures::read(&folder.join(name))
}

#[test]
fn no_saved_graph_is_forgotten_here() {
    let tests = include_str!("graphs.rs");
    for entry in fs::read_dir(repository().join("graphs")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let call = format!("run(\"{}\"", path.file_stem().unwrap().to_str().unwrap());
            assert!(tests.contains(&call), "no test runs {}", path.display());
        }
    }
}

#[test]
fn the_contact_sheet_shows_every_photo() {
    let (ran, folder) = run("contact-sheet", &["--in", "size=32"]);
    let lines = ran.ends_with(0).json_lines();
    assert_eq!(fates_of(&lines, "thumb", "emitted"), photos().len());
    assert_eq!(files_below(folder.path()), ["out/contact-sheet.png"]);
    let sheet = open(folder.path(), "out/contact-sheet.png");
    let cells = photos().len() as u32 * 32 * 32;
    assert!(sheet.width * sheet.height >= cells, "{} by {}", sheet.width, sheet.height);
    let colours: BTreeSet<_> = sheet.all.into_iter().collect();
    assert!(colours.len() > 100, "pictures have many colours");
    assert_eq!(events(&lines, "output")[0]["name"], "sheet");
}

#[test]
fn contact_sheets_hold_a_few_photos_each() {
    let (ran, folder) = run("contact-sheets", &["--in", "each=5"]);
    let lines = ran.ends_with(0).json_lines();
    let photos: Vec<_> = photos().into_iter().collect();
    let sheets: Vec<_> = photos.chunks(5).map(|few| format!("out/contact-sheets/{}.png", few[0])).collect();
    assert_eq!(files_below(folder.path()), sheets, "each is called as its first photo");
    assert_eq!(fates_of(&lines, "few", "emitted"), photos.len() + 1, "each photo, and what was left at the end");
    let [first, last] = [0, sheets.len() - 1].map(|at| open(folder.path(), &sheets[at]));
    let area = |sheet: &Pixels| sheet.width * sheet.height;
    assert!(area(&first) >= 5 * 160 * 160 && area(&last) < area(&first), "the last one has what was left");
}

#[test]
fn near_duplicates_are_listed_and_they_alone_are_opened_again() {
    let (ran, folder) = run("near-duplicates", &[]);
    let lines = ran.ends_with(0).json_lines();
    assert_eq!(files_below(folder.path()), ["out/near-duplicates.png", "out/near-duplicates.txt"]);
    let list = fs::read_to_string(folder.path().join("out/near-duplicates.txt")).unwrap();
    let groups = ["beach-bright.jpg, beach-small.jpg, beach.jpg", "evening-again.jpg, evening.jpg"];
    assert_eq!(list.lines().collect::<Vec<_>>(), groups);
    assert_eq!(["open", "again", "group"].map(|step| fates_of(&lines, step, "emitted")), [7, 5, 2]);
    let sheet = open(folder.path(), "out/near-duplicates.png");
    assert_eq!((sheet.width, sheet.height), (2 * 256 + 12, 256 + 12));
}

#[test]
fn a_folder_with_bad_pictures_is_resized_and_the_bad_ones_are_listed() {
    let (ran, folder) = run("resize-folder", &["--in", "width=40"]);
    let lines = ran.ends_with(0).json_lines();
    let made = ["out/resize-folder/failed.txt", "out/resize-folder/whole.jpg"];
    assert_eq!(files_below(folder.path()), made);
    assert_eq!(open(folder.path(), made[1]).width, 40);
    let listed = fs::read_to_string(folder.path().join(made[0])).unwrap();
    for bad in ["cut-off.jpg", "empty.jpg", "notes.jpg"] {
        assert!(listed.lines().any(|line| line.contains(bad)), "{listed}");
    }
    assert_eq!(fates_of(&lines, "open", "failed"), events(&lines, "handled").len());
}

#[test]
fn a_sweep_opens_each_photo_once_and_makes_it_in_every_size() {
    let (ran, folder) = run("sweep", &["--sweep", "width=16,24,32,40", "--sweep", "save.quality=40,90"]);
    let lines = ran.ends_with(0).json_lines();
    let photos = photos();
    assert_eq!(firings_of(&lines, "open"), photos.len());
    assert_eq!(firings_of(&lines, "small"), 4 * photos.len());
    assert_eq!(firings_of(&lines, "save"), 8 * photos.len());
    for width in [16, 24, 32, 40] {
        assert!(
            folder.path().join(format!("{width}/out/sweep.png")).exists(),
            "a sheet does not depend on the quality"
        );
        for photo in &photos {
            let made = |quality: u32| format!("{width}/{quality}/out/sweep/{photo}.jpg");
            assert_eq!(open(folder.path(), &made(40)).width, width);
            let size = |quality| fs::metadata(folder.path().join(made(quality))).unwrap().len();
            assert!(size(40) < size(90), "{photo}");
        }
    }
    assert_eq!(files_below(folder.path()).len(), 4 + 8 * photos.len());
}

#[test]
fn every_customer_gets_a_letter() {
    let (ran, folder) = run("mail-merge", &["--in", "sender=Ada"]);
    ran.ends_with(0);
    assert_eq!(files_below(folder.path()).len(), customers().len());
    for customer in customers() {
        let letter = folder.path().join(format!("out/mail-merge/{}.txt", customer["number"]));
        let text = fs::read_to_string(letter).unwrap();
        assert!(text.starts_with(&format!("Dear {},", customer["name"])), "{text}");
        assert!(text.contains(&customer["city"]) && text.trim_end().ends_with("Ada"), "{text}");
    }
}

#[test]
fn notes_are_worded_by_what_was_spent() {
    let (ran, folder) = run("filter-branch", &["--in", "large=100"]);
    let lines = ran.ends_with(0).json_lines();
    let text = fs::read_to_string(folder.path().join("out/filter-branch.txt")).unwrap();
    let mut notes = text.lines();
    let spent = |customer: &Customer| customer["total"].parse::<f64>().unwrap();
    let paying: Vec<_> = customers().into_iter().filter(|customer| spent(customer) > 0.0).collect();
    for customer in &paying {
        let word = if spent(customer) >= 100.0 { "send flowers for" } else { "send a card" };
        let note = notes.next().unwrap();
        assert!(note.starts_with(&format!("{}: {word}", customer["name"])), "{note}");
    }
    assert_eq!(notes.next(), None);
    assert_eq!(fates_of(&lines, "paying", "skipped"), customers().len() - paying.len());
}

#[test]
fn a_part_that_is_used_twice_makes_two_sizes() {
    let (ran, folder) = run("subgraph", &[]);
    let lines = ran.ends_with(0).json_lines();
    assert_eq!(fates_of(&lines, "icon/small", "emitted"), photos().len());
    for stem in photos() {
        let icon = open(folder.path(), &format!("out/subgraph/{stem}-icon.png"));
        let preview = open(folder.path(), &format!("out/subgraph/{stem}-preview.png"));
        assert_eq!(icon.width.max(icon.height), 48);
        assert!(preview.width.max(preview.height) > 48);
    }
    assert_eq!(files_below(folder.path()).len(), 2 * photos().len());
}

#[test]
fn each_day_is_held_against_the_mean_of_all() {
    let (ran, folder) = run("against-the-mean", &[]);
    let lines = ran.ends_with(0).json_lines();
    let months = fs::read_dir(repository().join("graphs/samples/months")).unwrap();
    let months: BTreeMap<String, Vec<(String, f64)>> = months
        .map(|month| {
            let path = month.unwrap().path();
            let rows = csv::Reader::from_path(&path).unwrap().deserialize().map(|row| row.unwrap()).collect();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), rows)
        })
        .collect();
    let sold: Vec<f64> = months.values().flatten().map(|(_, sold)| *sold).collect();
    let mean = sold.iter().sum::<f64>() / sold.len() as f64;
    assert_eq!(fates_of(&lines, "line", "emitted"), sold.len());
    for (month, days) in &months {
        let text = fs::read_to_string(folder.path().join(format!("out/against-the-mean/{month}.txt"))).unwrap();
        assert_eq!(text.lines().count(), days.len());
        for (line, (day, sold)) in text.lines().zip(days) {
            let (named, share) = line.split_once(": ").unwrap();
            assert_eq!(named, day);
            assert!((share.parse::<f64>().unwrap() - sold / mean).abs() < 0.006, "{month}: {line}");
        }
    }
}

#[test]
fn what_nobody_chose_stays_open() {
    let (ran, folder) = run("choose", &[]);
    let lines = ran.ends_with(5).json_lines();
    assert_eq!(events(&lines, "asked").len(), photos().len());
    assert_eq!(events(&lines, "run_finished")[0]["outcome"], "waiting");
    assert_eq!(files_below(folder.path()), ["out/choose/all.png"]);
    assert_eq!(fates_of(&lines, "thumb", "emitted"), photos().len());
}

#[test]
fn a_loop_counts_the_years_until_a_sum_has_doubled() {
    let (ran, folder) = run("loop", &["--in", "percent=10"]);
    let lines = ran.ends_with(0).json_lines();
    let text = fs::read_to_string(folder.path().join("out/loop.txt")).unwrap();
    let paying: Vec<_> = customers().into_iter().filter(|row| row["total"].parse::<f64>().unwrap() > 0.0).collect();
    // 1.1 to the power of 8 is more than 2, and to the power of 7 less.
    let expected: Vec<_> = paying.iter().map(|row| format!("{}: 8 years", row["name"])).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    assert_eq!(fates_of(&lines, "save/more", "emitted"), 8 * paying.len());
    assert_eq!(fates_of(&lines, "save", "emitted"), paying.len());
}

#[test]
fn until_a_loop_or_a_step_in_it_runs_the_loop_whole() {
    let paying = customers().into_iter().filter(|row| row["total"].parse::<f64>().unwrap() > 0.0).count();
    for name in ["save", "save/more"] {
        let (ran, folder) = run("loop", &["--in", "percent=10", "--until", name]);
        let lines = ran.ends_with(0).json_lines();
        assert_eq!(fates_of(&lines, "save/more", "emitted"), 8 * paying, "until {name}");
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
fn photos_meet_captions_by_name_and_places_in_order() {
    let (ran, folder) = run("hanging", &[]);
    let lines = ran.ends_with(0).json_lines();
    let list = fs::read_to_string(folder.path().join("out/hanging.txt")).unwrap();
    let hung: Vec<_> = list.lines().map(|line| line.split_once(": ").unwrap()).collect();
    // One photo has two captions, and a caption without a photo is nowhere.
    assert_eq!(hung.len(), photos().len() + 1);
    assert_eq!(
        hung[1..4],
        [
            ("Hall 2", "dunes, Wind over sand"),
            ("Hall 3", "flower, A poppy"),
            ("Stairs", "flower, The same poppy an hour later")
        ]
    );
    assert!(photos().iter().all(|photo| list.contains(&format!(": {photo}, "))), "{list}");
    assert_eq!(fates_of(&lines, "hung", "failed"), 0);
}

#[test]
fn pictures_beyond_the_last_place_fail_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let few = folder.path().join("places.csv");
    fs::write(&few, "place\nHall 1\nHall 2\n").unwrap();
    let (ran, out) = run("hanging", &["--in", &format!("places={}", few.to_str().unwrap())]);
    let lines = ran.ends_with(1).json_lines();
    assert_eq!(fates_of(&lines, "hung", "failed"), photos().len() + 1 - 2);
    assert_eq!(fs::read_to_string(out.path().join("out/hanging.txt")).unwrap().lines().count(), 2);
}

/// A build without SQLite has no `table.sql`.
#[cfg(feature = "sqlite")]
#[test]
fn a_report_sums_up_the_months_and_draws_them() {
    let (ran, folder) = run("sales-report", &[]);
    let lines = ran.ends_with(0).json_lines();
    let made = ["out/sales-report/days.svg", "out/sales-report/months.csv", "out/sales-report/months.png"];
    assert_eq!(files_below(folder.path()), made);
    assert_eq!(fates_of(&lines, "month", "emitted"), 3);
    let table = fs::read_to_string(folder.path().join(made[1])).unwrap();
    let wanted = "month,days,sold,mean\n2024-01,4,72,18.0\n2024-02,3,66,22.0\n2024-03,4,78,19.5\n";
    assert_eq!(table, wanted, "the day without a sale is left out");
    let chart = open(folder.path(), made[2]);
    assert_eq!((chart.width, chart.height), (960, 600));
    let drawn = fs::read_to_string(folder.path().join(made[0])).unwrap();
    assert!(drawn.contains(">Sold by day</text>"));
}

#[test]
fn a_program_sorts_each_table() {
    run("programs", &[]).0.ends_with(3);
    let (ran, folder) = run("programs", &["--allow", "process:sort"]);
    ran.ends_with(0);
    for month in fs::read_dir(repository().join("graphs/samples/months")).unwrap() {
        let month = month.unwrap().path();
        let best = fs::read_to_string(folder.path().join("out/programs").join(month.file_name().unwrap())).unwrap();
        let sold: Vec<f64> = best.lines().filter_map(|line| line.split_once(',')?.1.parse().ok()).collect();
        assert!(sold.len() > 1 && sold.is_sorted_by(|one, other| one >= other), "{best}");
        assert_eq!(best.lines().count(), fs::read_to_string(&month).unwrap().lines().count());
    }
}

#[test]
fn pages_are_fetched_from_a_server_that_is_busy_at_first() {
    let busy = answer("503 Busy", "Retry-After: 0\r\n", "");
    let server = Server::start(vec![busy, answer("200 OK", "", "a page")]);
    let at = format!("server=http://localhost:{}", server.port);
    let allow = ["--allow", "net:localhost", "--allow", "net:private"];
    let given = ["--in", &at, "--in", "pages=[\"/a\", \"/b?c=1\"]"];
    let (ran, folder) = run("fetch", &[&allow[..], &given].concat());
    ran.ends_with(0);
    let made = ["out/fetch/0.txt", "out/fetch/1.txt"];
    assert_eq!(files_below(folder.path()), made);
    for page in made {
        assert_eq!(fs::read_to_string(folder.path().join(page)).unwrap(), "a page");
    }
    assert_eq!(server.seen().len(), 3);
}
