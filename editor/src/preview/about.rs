//! Any other value in a few words; of a file its name, size and media type.

use std::sync::Arc;

use egui::{Id, Painter, Rect, Ui, pos2};
use windlass_core::value::{File, FileContent, Value};

use super::{Preview, Small, Source, hidden};
use crate::canvas::text_ui;
use crate::theme::{Theme, font};
use crate::words::bytes_in_words;

/// What is known of a value that nothing else shows.
struct About(Vec<String>);

/// Says what a value is.
pub fn make(source: &Source<'_>) -> Arc<dyn Preview> {
    let lines = match source.value {
        Value::File(file) => of_file(file),
        Value::Failure(failure) => failure.causes.clone(),
        value => vec![value.summary()],
    };
    Arc::new(About(lines.into_iter().map(|line| hidden(source, line)).collect()))
}

fn of_file(file: &File) -> Vec<String> {
    let size = match &file.content {
        FileContent::Bytes(bytes) => Some(bytes.len() as u64),
        FileContent::Path(path) => std::fs::metadata(path).ok().map(|about| about.len()),
    };
    let size = size.map_or_else(|| "it is not there any more".into(), bytes_in_words);
    vec![file.name.clone(), format!("{}  ·  {size}", file.media_type)]
}

impl Preview for About {
    fn words(&self) -> String {
        self.0.join(", ")
    }

    fn small_height(&self) -> f32 {
        8.0 + 15.0 * self.0.len().min(2) as f32
    }

    fn small_ui(&self, painter: &Painter, rect: Rect, small: &Small<'_>) {
        for (at, line) in self.0.iter().take(2).enumerate() {
            let at = pos2(rect.left() + 6.0 * small.zoom, rect.top() + (11.5 + 15.0 * at as f32) * small.zoom);
            text_ui(painter, at, line, font(small.font_size), small.theme.text, rect.width() - 12.0 * small.zoom);
        }
    }

    fn whole_ui(&self, ui: &mut Ui, _: Id, _: &Theme) {
        self.0.iter().for_each(|line| drop(ui.label(line)));
    }
}
