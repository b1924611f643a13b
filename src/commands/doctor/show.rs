//! What was found, for people and for programs.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use windlass_comfy::Address;
use windlass_store::Settings;
use windlass_store::settings::{ComfyServer, KEYS};

use super::{Finding, State};
use crate::terminal::{Paint, printable};

/// Returns the findings by area, and each setting with where it comes from.
pub fn text(findings: &[Finding], settings: &Settings, places: &[PathBuf]) -> String {
    let paint = Paint::stdout();
    let mut out = format!("windlass {}\n", env!("CARGO_PKG_VERSION"));
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = finding.area;
            out.push_str(&format!("\n{}\n", paint.bold(area)));
        }
        out.push_str(&line(finding, paint));
    }
    out.push_str(&format!("\n{}\n", paint.bold("settings, each from the last place that sets it")));
    for key in &KEYS {
        let (value, origin) = match settings.get(key.name) {
            Some(chosen) => (chosen.written.clone(), chosen.origin.to_string()),
            None => ("-".to_owned(), "not set".to_owned()),
        };
        out.push_str(&format!("  {:<10} {:<10} {}\n", key.name, printable(&value), printable(&origin)));
    }
    for server in settings.comfy_servers() {
        let (address, origin) = (address_of(server), server.origin.to_string());
        out.push_str(&format!("  {:<10} {} {}\n", "comfy", printable(&address), printable(&origin)));
    }
    let places = places.iter().map(|path| path.display().to_string());
    let order: Vec<_> = places.chain(["environment".to_owned(), "command line".to_owned()]).collect();
    out.push_str(&format!("  {}\n", paint.dim(&format!("order: {}", printable(&order.join(" < "))))));
    out
}

/// Returns where a server is, without who asks there and with which password.
fn address_of(server: &ComfyServer) -> String {
    Address::read(&server.address).map_or_else(|why| why, |address| address.to_string())
}

fn line(finding: &Finding, paint: Paint) -> String {
    let (mark, text) = (mark(finding.state), printable(&finding.text));
    let shown = if finding.state == State::Problem { paint.red(mark) } else { mark.to_owned() };
    let hint = finding.hint.as_ref().map(|hint| format!("           hint: {}\n", printable(hint)));
    format!("  {shown}{:width$} {text}\n{}", "", hint.unwrap_or_default(), width = 8 - mark.len())
}

fn mark(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Warning => "warning",
        State::Problem => "problem",
        State::NotChecked => "-",
    }
}

/// Returns the same as one JSON object.
pub fn json(findings: &[Finding], settings: &Settings) -> String {
    let finding = |found: &Finding| {
        let state = match found.state {
            State::NotChecked => "not_checked",
            other => mark(other),
        };
        json!({ "area": found.area, "state": state, "text": found.text, "hint": found.hint })
    };
    let setting = |key: &windlass_store::settings::Key| {
        let chosen = settings.get(key.name);
        let (value, from) = (chosen.map(|it| it.value), chosen.map(|it| it.origin.to_string()));
        json!({ "name": key.name, "variable": key.variable, "doc": key.doc, "value": value, "from": from })
    };
    let server = |server: &ComfyServer| json!({ "address": address_of(server), "from": server.origin.to_string() });
    let whole = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "findings": findings.iter().map(finding).collect::<Json>(),
        "settings": KEYS.iter().map(setting).collect::<Json>(),
        "comfy_servers": settings.comfy_servers().iter().map(server).collect::<Json>(),
    });
    format!("{whole:#}\n")
}
