//! A crate holds what Provenance Run Crate 0.5 and the profiles below it ask for with MUST. The validator of the profile itself
//! is asked by `benches/crate.sh`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::folder;
use crate::program::windlass;

/// The entities of a crate, by name.
struct Crate(BTreeMap<String, Json>);

impl Crate {
    fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("ro-crate-metadata.json")).unwrap();
        let whole: Json = serde_json::from_str(&text).unwrap();
        let context = whole["@context"].as_array().unwrap();
        assert_eq!(context[0], "https://w3id.org/ro/crate/1.1/context");
        let mut entities = BTreeMap::new();
        for entity in whole["@graph"].as_array().unwrap() {
            let id = entity["@id"].as_str().unwrap().to_owned();
            assert_eq!(entities.insert(id.clone(), entity.clone()), None, "{id} stands twice");
        }
        Self(entities)
    }

    fn of(&self, id: &str) -> &Json {
        self.0.get(id).unwrap_or_else(|| panic!("there is no {id}"))
    }

    fn all<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = &'a Json> {
        self.0.values().filter(move |entity| is(entity, ty))
    }

    /// Returns what a property of an entity leads to.
    fn linked<'a>(&'a self, entity: &'a Json, property: &str) -> Vec<&'a Json> {
        list(&entity[property]).into_iter().map(|link| self.of(link["@id"].as_str().unwrap())).collect()
    }

    /// Fails where a property leads to anything but one of these types, or nowhere.
    #[track_caller]
    fn leads(&self, entity: &Json, property: &str, types: &[&str]) {
        let linked = self.linked(entity, property);
        assert!(!linked.is_empty(), "`{property}` is missing in {entity}");
        let fits = |linked: &Json| types.iter().any(|ty| is(linked, ty));
        assert!(linked.iter().all(|linked| fits(linked)), "`{property}` leads elsewhere in {entity}");
    }
}

fn list(value: &Json) -> Vec<&Json> {
    match value {
        Json::Null => Vec::new(),
        Json::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

fn is(entity: &Json, ty: &str) -> bool {
    list(&entity["@type"]).into_iter().any(|has| has == ty)
}

const TOOLS: [&str; 2] = ["SoftwareApplication", "ComputationalWorkflow"];

/// The base profile, and that of workflows.
fn is_a_workflow_crate(all: &Crate, folder: &Path) {
    let descriptor = all.of("ro-crate-metadata.json");
    assert!(is(descriptor, "CreativeWork") && descriptor["about"]["@id"] == "./");
    let specified: Vec<_> =
        list(&descriptor["conformsTo"]).into_iter().map(|link| link["@id"].as_str().unwrap()).collect();
    assert!(specified.contains(&"https://w3id.org/ro/crate/1.1"));
    let root = all.of("./");
    assert!(
        is(root, "Dataset")
            && ["name", "description", "datePublished", "license"].iter().all(|name| root[name].is_string())
    );
    all.leads(root, "hasPart", &["File", "Dataset"]);
    all.leads(root, "conformsTo", &["CreativeWork"]);
    for profile in ["process", "workflow", "provenance"] {
        let profile = format!("https://w3id.org/ro/wfrun/{profile}/0.5");
        assert!(list(&root["conformsTo"]).into_iter().any(|link| link["@id"] == profile));
    }
    for file in all.all("File") {
        let path = file["@id"].as_str().unwrap().replace("%20", " ");
        assert!(folder.join(&path).is_file(), "{path} is missing");
        assert!(list(&root["hasPart"]).into_iter().any(|link| link["@id"] == file["@id"]), "{path} is no part");
    }
    all.leads(root, "mainEntity", &["ComputationalWorkflow"]);
    let main = all.linked(root, "mainEntity")[0];
    assert!(["File", "SoftwareSourceCode", "HowTo"].iter().all(|ty| is(main, ty)));
    all.leads(main, "programmingLanguage", &["ComputerLanguage"]);
}

/// What was done: the run, its steps, their firings.
fn says_what_was_done(all: &Crate) {
    let main = all.linked(all.of("./"), "mainEntity")[0];
    let by = |tool: &Json| all.all("CreateAction").any(|action| action["instrument"]["@id"] == tool["@id"]);
    assert!(by(main), "an action ran the main workflow");
    all.leads(main, "hasPart", &TOOLS);
    assert!(all.linked(main, "hasPart").into_iter().all(by), "each tool was used by an action");
    all.all("CreateAction").for_each(|action| all.leads(action, "instrument", &TOOLS));
    let steps = all.linked(main, "step");
    assert_eq!(steps.len(), all.all("HowToStep").count());
    steps.iter().for_each(|step| all.leads(step, "workExample", &TOOLS));
    assert_eq!(all.all("ControlAction").count(), steps.len());
    for control in all.all("ControlAction") {
        all.leads(control, "instrument", &["HowToStep"]);
        all.leads(control, "object", &["CreateAction"]);
    }
    let [whole] = all.all("OrganizeAction").collect::<Vec<_>>()[..] else { panic!("one action is the engine's") };
    all.leads(whole, "instrument", &["SoftwareApplication"]);
    all.leads(whole, "result", &["CreateAction"]);
    all.leads(whole, "object", &["ControlAction"]);
    for wire in all.all("ParameterConnection") {
        all.leads(wire, "sourceParameter", &["FormalParameter"]);
        all.leads(wire, "targetParameter", &["FormalParameter"]);
    }
    assert!(all.all("FormalParameter").all(|parameter| parameter["additionalType"].is_string()));
}

/// Fails where a reference leads nowhere in the crate.
fn leads_nowhere_else(all: &Crate) {
    for entity in all.0.values() {
        for link in entity.as_object().unwrap().values().flat_map(list) {
            let Some(id) = link["@id"].as_str().filter(|id| !id.starts_with("https://")) else { continue };
            all.of(id);
        }
    }
}

#[test]
fn it_has_what_the_profile_asks_for() {
    let words = folder();
    fs::copy(words.path().join("out/page.md"), words.path().join("a copy.md")).unwrap();
    fs::remove_file(words.path().join("out/page.md")).unwrap();
    windlass(words.path(), &["why", "a copy.md", "--crate", "crate"]).ends_with(0).says("the crate is in `crate`");
    let (folder, all) = (words.path().join("crate"), Crate::read(&words.path().join("crate")));
    is_a_workflow_crate(&all, &folder);
    says_what_was_done(&all);
    leads_nowhere_else(&all);
}

#[test]
fn from_the_file_its_actions_lead_back_to_the_files_that_it_was_made_of() {
    let words = folder();
    windlass(words.path(), &["why", "out/maple.txt", "--crate", "crate"]).ends_with(0);
    let all = Crate::read(&words.path().join("crate"));
    let run = all.of("#run");
    let names = |property: &str, ty: &str| {
        let linked = all.linked(run, property).into_iter().filter(|linked| is(linked, ty));
        linked.map(|linked| linked["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names("object", "File"), names("result", "File")),
        (vec!["maple.txt".to_owned()], vec!["maple.txt".to_owned()])
    );
    assert_eq!(names("object", "PropertyValue"), ["folder", "mark", "seed"]);
    let read = all.of("#firing/read/1");
    let file = all.linked(read, "object").into_iter().find(|object| is(object, "File")).unwrap();
    let content = format!("blake3:{}", blake3::hash(b"maple").to_hex());
    assert_eq!((&file["name"], &file["identifier"]), (&"maple.txt".into(), &content.into()));
    assert!(read["startTime"].as_str() <= read["endTime"].as_str() && read["endTime"].is_string());
}

#[test]
fn it_is_made_into_an_empty_folder_of_a_written_file_alone() {
    let words = folder();
    let refused =
        |args: &[&str], says: &str| drop(windlass(words.path(), &[&["why"], args].concat()).ends_with(2).says(says));
    refused(&["out/page.md", "--crate", "words"], "the folder of the crate is not empty");
    refused(&["out/page.md", "--crate", "crate", "--down"], "cannot be used with");
    let whole = super::json(words.path(), &["out/maple.txt"]);
    let identity = whole["made"][0]["steps"][1]["firings"][0]["gave"]["text"]["identity"].as_str().unwrap();
    refused(&[identity, "--crate", "crate"], "no run tells how");
    assert!(!words.path().join("crate").exists());
}
