//! What the caller gets.

use crate::plan::Draft;

use super::wires::find_source;

/// Finds where each graph output comes from.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    for at in 0..draft.outputs.len() {
        match find_source(draft, &draft.outputs[at].feed) {
            Ok(source) => draft.outputs[at].source = Some(source),
            Err(problem) => {
                let span = draft.outputs[at].span.clone();
                draft.report((*problem).at(span));
            }
        }
    }
}
