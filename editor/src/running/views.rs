//! Which previews a window wants: those of the nodes that can be seen, and the whole one of the node that is selected.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Shown, Wanted};
use crate::canvas::preview_height;
use crate::canvas::view::Detail;
use crate::editor::Panel;
use crate::preview::Size;
use crate::tab::Tab;

/// Previews that are made for one view at most.
const MOST: usize = 200;

/// Asks for the previews of what is seen, and takes over those that are there.
pub fn follow(tab: &mut Tab, shows: Shows) {
    let Some(run) = &tab.run else { return };
    let places = if shows.nodes == Panel::Shown { in_view(tab) } else { Vec::new() };
    let nodes = places
        .iter()
        .filter_map(|place| Some((*place, run.wanted(&tab.step_name(&tab.scene.nodes[*place].id), Size::Small)?)));
    let nodes: Vec<(usize, Wanted)> = nodes.collect();
    let whole = tab
        .selection
        .only_node()
        .filter(|_| shows.whole == Panel::Shown)
        .and_then(|node| run.wanted(&tab.step_name(node), Size::Whole));
    run.glimpses.want(nodes.iter().map(|(_, wanted)| wanted.clone()).chain(whole).collect());
    let id = |place: &usize| tab.scene.nodes[*place].id.clone();
    let shown =
        nodes.iter().filter_map(|(place, wanted)| Some((id(place), run.glimpses.of(wanted.step, Size::Small)?)));
    let shown: HashMap<String, Arc<Shown>> = shown.collect();
    let mut has_changed = false;
    if shows.nodes == Panel::Hidden {
        has_changed = !tab.previews.is_empty();
        tab.previews.clear();
    }
    for (id, shown) in &shown {
        let height = preview_height(shown);
        if tab.previews.get(id) != Some(&height) {
            tab.previews.insert(id.clone(), height);
            has_changed = true;
        }
    }
    if !run.is_active() {
        // What an earlier run had to show, and this one has not, leaves no gap behind.
        let places = nodes.iter().map(|(place, _)| id(place)).filter(|id| !shown.contains_key(id));
        has_changed |= places.filter(|id| tab.previews.remove(id).is_some()).count() > 0;
    }
    tab.live.previews = shown;
    tab.folds += u64::from(has_changed);
}

/// Where previews are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shows {
    /// On the nodes.
    pub nodes: Panel,
    /// In a panel.
    pub whole: Panel,
}

fn in_view(tab: &Tab) -> Vec<usize> {
    if tab.view.detail() < Detail::Full {
        return Vec::new();
    }
    let seen = tab.view.seen(tab.window);
    let nodes = tab.scene.nodes.iter().enumerate();
    let nodes = nodes.filter(|(_, node)| !node.collapsed && node.rect().intersects(seen));
    nodes.map(|(place, _)| place).take(MOST).collect()
}
