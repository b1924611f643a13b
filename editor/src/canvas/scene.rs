//! The graph as the canvas shows it: nodes with their places, wires between ports. Made anew when the document changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use egui::{Pos2, Rect, Vec2, vec2};

use windlass_core::doc::{End, GraphDoc, Reference, Wire};
use windlass_core::types::Type;

use super::hit::{frame_rect, point};
use crate::arrange::layered;
use crate::face::{ERROR_PORT, Face, Kinds};
use crate::theme::{HEADER_HEIGHT, NODE_WIDTH, ROW_HEIGHT};

/// Room for a preview below a node that has no place of its own, in points of the canvas.
const PREVIEW_ROOM: f32 = 96.0;

/// Room for the figures below a preview, within a frame.
const BELOW_PREVIEW: f32 = 44.0;

/// A graph as the canvas shows it.
#[derive(Default)]
pub struct Scene {
    /// The nodes, in the order of the document.
    pub nodes: Vec<SceneNode>,
    /// The wires.
    pub wires: Vec<SceneWire>,
    /// Graph inputs, each where it feeds a port.
    pub given: Vec<Tag>,
    /// Graph outputs, each where it is taken.
    pub taken: Vec<Tag>,
    /// How far each frame is drawn deeper than the document says, so that it goes around previews too.
    deeper: Vec<f32>,
    places: HashMap<String, usize>,
    made_of: Option<u64>,
}

/// How nodes are unfolded.
#[derive(Clone, Copy, Debug)]
pub struct Folds<'a> {
    /// Nodes of which only the title is shown.
    pub collapsed: &'a BTreeSet<String>,
    /// The heights that previews add to nodes.
    pub previews: &'a HashMap<String, f32>,
}

/// A node on the canvas.
pub struct SceneNode {
    /// Its id.
    pub id: String,
    /// What it looks like.
    pub face: Arc<Face>,
    /// Left top corner.
    pub at: Pos2,
    /// Whether only its title is shown.
    pub collapsed: bool,
    /// The height that the preview of its newest value adds.
    pub preview: f32,
    /// Whether the document says where it stands.
    pub is_placed: bool,
}

/// A wire on the canvas; nodes by their place in [`Scene::nodes`].
pub struct SceneWire {
    /// What feeds it.
    pub from: usize,
    /// The output port.
    pub from_port: String,
    /// What it feeds.
    pub to: usize,
    /// The input port or parameter.
    pub to_port: String,
    /// Its place among the wires of the port.
    pub position: usize,
    /// What it carries.
    pub ty: Type,
    /// Points that it goes through.
    pub through: Vec<Pos2>,
    /// Ends, as seen from the corners of the nodes.
    ends: [Vec2; 2],
}

/// A graph input or output at a port.
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The node.
    pub node: usize,
    /// The port.
    pub port: String,
    end: Vec2,
}

/// Which side of a node a port is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left.
    Input,
    /// Right.
    Output,
}

impl Side {
    /// Returns the side that wires from this one go to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Input => Self::Output,
            Self::Output => Self::Input,
        }
    }
}

impl SceneNode {
    /// Returns the height that it is given among nodes without a place. Its preview has room whether there is one or not: a node
    /// must not move when the first value comes.
    fn height_in_layers(&self) -> f32 {
        self.face.height(self.collapsed) + if self.collapsed { 0.0 } else { PREVIEW_ROOM }
    }

    /// Returns the place that it has in any case, whatever it shows of values.
    pub fn rect_without_preview(&self) -> Rect {
        Rect::from_min_size(self.at, vec2(NODE_WIDTH, self.face.height(self.collapsed)))
    }

    /// Returns its place.
    pub fn rect(&self) -> Rect {
        Rect::from_min_size(self.at, vec2(NODE_WIDTH, self.height()))
    }

    /// Returns its height.
    pub fn height(&self) -> f32 {
        self.face.height(self.collapsed) + if self.collapsed { 0.0 } else { self.preview }
    }

    /// Returns where a port is, as seen from the corner.
    pub fn port_offset(&self, side: Side, port: &str) -> Option<Vec2> {
        let height = self.height();
        if side == Side::Output && port == ERROR_PORT && self.face.output(port).is_none() {
            if self.face.runs_graph() {
                return None;
            }
            return Some(vec2(NODE_WIDTH, if self.collapsed { HEADER_HEIGHT / 2.0 } else { height - 6.0 }));
        }
        let row = match side {
            Side::Input => self.face.input_row(port)?,
            Side::Output => self.face.output(port)?,
        };
        let x = if side == Side::Input { 0.0 } else { NODE_WIDTH };
        let y = if self.collapsed { HEADER_HEIGHT / 2.0 } else { row_middle(row) };
        Some(vec2(x, y))
    }
}

/// Returns the middle of a line of a node, as seen from its top.
pub fn row_middle(row: usize) -> f32 {
    HEADER_HEIGHT + (row as f32 + 0.5) * ROW_HEIGHT + 2.0
}

impl SceneWire {
    /// Returns its name.
    pub fn name(&self, scene: &Scene) -> super::hit::WireRef {
        let node = scene.nodes[self.to].id.clone();
        super::hit::WireRef { node, port: self.to_port.clone(), position: self.position }
    }

    /// Returns where it begins and ends.
    pub fn ends(&self, scene: &Scene, moved: impl Fn(&SceneNode) -> Vec2) -> [Pos2; 2] {
        let [from, to] = [&scene.nodes[self.from], &scene.nodes[self.to]];
        [from.at + moved(from) + self.ends[0], to.at + moved(to) + self.ends[1]]
    }
}

impl Tag {
    /// Returns where it touches its port.
    pub fn at(&self, scene: &Scene, moved: impl Fn(&SceneNode) -> Vec2) -> Pos2 {
        let node = &scene.nodes[self.node];
        node.at + moved(node) + self.end
    }
}

impl Scene {
    /// Brings the scene up to date, where the revision is another one; what did not change is not made anew.
    pub fn follow(&mut self, doc: &GraphDoc, revision: u64, kinds: &Kinds<'_>, folds: &Folds<'_>) {
        if self.made_of == Some(revision) {
            return;
        }
        self.made_of = Some(revision);
        let mut faces = self.take_faces();
        let used = used_outputs(doc);
        let none = Vec::new();
        let node = |(id, node)| {
            let id: &String = id;
            let used = used.get(id.as_str()).unwrap_or(&none);
            let face = faces.remove(id).filter(|face| face.is_of(node, kinds, used));
            let face = face.unwrap_or_else(|| Arc::new(Face::of(id, node, kinds, used)));
            let place = doc.layout.nodes.get(id);
            let at = place.map_or(Pos2::ZERO, |at| point(*at));
            let collapsed = folds.collapsed.contains(id);
            let preview = folds.previews.get(id).copied().unwrap_or_default();
            SceneNode { id: id.clone(), face, at, collapsed, preview, is_placed: place.is_some() }
        };
        self.nodes = doc.nodes.iter().map(node).collect();
        self.places = self.nodes.iter().enumerate().map(|(at, node)| (node.id.clone(), at)).collect();
        self.connect(doc);
        self.place_the_rest();
        self.deeper = doc.layout.frames.iter().map(|frame| self.sticks_out(frame_rect(frame.at, frame.size))).collect();
    }

    /// Returns how far previews of nodes in a frame stick out below.
    fn sticks_out(&self, frame: Rect) -> f32 {
        let inside =
            self.nodes.iter().filter(|node| node.preview > 0.0 && frame.contains(node.rect_without_preview().center()));
        inside.map(|node| node.rect().bottom() + BELOW_PREVIEW - frame.bottom()).fold(0.0, f32::max)
    }

    /// Returns where a frame is drawn that the document has at a place.
    pub fn frame(&self, index: usize, place: Rect) -> Rect {
        let deeper = self.deeper.get(index).copied().unwrap_or_default();
        Rect::from_min_max(place.min, place.max + vec2(0.0, deeper))
    }

    fn take_faces(&mut self) -> HashMap<String, Arc<Face>> {
        self.nodes.drain(..).map(|node| (node.id, node.face)).collect()
    }

    fn connect(&mut self, doc: &GraphDoc) {
        let (mut wires, mut given) = (Vec::new(), Vec::new());
        for (to, node) in doc.nodes.values().enumerate() {
            for (port, wire) in &node.inputs {
                for (position, reference) in references(&wire.value).enumerate() {
                    match reference {
                        Reference::Port { node, port: from } => {
                            wires.extend(self.wire((node, from), (to, port), position));
                        }
                        // A parameter says in its own line what drives it.
                        Reference::Input(_) if self.nodes[to].face.is_param(port) => {}
                        Reference::Input(name) => given.extend(self.tag(name, to, Side::Input, port)),
                    }
                }
            }
        }
        let taken = doc.outputs.iter().filter_map(|(name, from)| match &from.value {
            Reference::Port { node, port } => self.tag(name, self.place(node)?, Side::Output, port),
            Reference::Input(_) => None,
        });
        self.taken = taken.collect();
        (self.wires, self.given) = (wires, given);
        self.lead(doc);
    }

    /// Lets wires go through the points that the document has for them.
    fn lead(&mut self, doc: &GraphDoc) {
        let end = |end: &End| (end.node.clone(), end.port.clone());
        let routes = doc.layout.routes.iter().map(|route| ((end(&route.from), end(&route.to)), &route.through));
        let routes: HashMap<_, _> = routes.collect();
        if routes.is_empty() {
            return;
        }
        for wire in &mut self.wires {
            let from = (self.nodes[wire.from].id.clone(), wire.from_port.clone());
            let to = (self.nodes[wire.to].id.clone(), wire.to_port.clone());
            let through = routes.get(&(from, to)).into_iter().flat_map(|through| through.iter());
            wire.through = through.map(|at| point(*at)).collect();
        }
    }

    fn wire(
        &self,
        (from, from_port): (&str, &str),
        (to, to_port): (usize, &str),
        position: usize,
    ) -> Option<SceneWire> {
        let from = self.place(from)?;
        let (source, target) = (&self.nodes[from], &self.nodes[to]);
        let ends = [source.port_offset(Side::Output, from_port)?, target.port_offset(Side::Input, to_port)?];
        let ty = output_type(&source.face, from_port);
        let (from_port, to_port, through) = (from_port.to_owned(), to_port.to_owned(), Vec::new());
        Some(SceneWire { from, from_port, to, to_port, position, ty, through, ends })
    }

    fn tag(&self, name: &str, node: usize, side: Side, port: &str) -> Option<Tag> {
        let end = self.nodes[node].port_offset(side, port)?;
        Some(Tag { name: name.to_owned(), node, port: port.to_owned(), end })
    }

    /// Gives nodes without a position one: all of them in layers, or the few that are new below the others.
    fn place_the_rest(&mut self) {
        let loose: Vec<_> = (0..self.nodes.len()).filter(|at| !self.nodes[*at].is_placed).collect();
        if loose.is_empty() {
            return;
        }
        let inner: HashMap<_, _> = loose.iter().enumerate().map(|(place, node)| (*node, place)).collect();
        let wires = self.wires.iter().filter_map(|wire| Some((*inner.get(&wire.from)?, *inner.get(&wire.to)?)));
        let heights: Vec<_> = loose.iter().map(|at| self.nodes[*at].height_in_layers()).collect();
        let places = layered(&heights, &wires.collect::<Vec<_>>());
        let placed = self.nodes.iter().filter(|node| node.is_placed).map(SceneNode::rect);
        let below = placed.reduce(Rect::union).map_or(Vec2::ZERO, |all| vec2(all.left(), all.bottom() + 60.0));
        let top = places.iter().map(|place| place.y).fold(f32::INFINITY, f32::min);
        for (at, place) in loose.into_iter().zip(places) {
            self.nodes[at].at = place - vec2(0.0, top) + below;
        }
    }

    /// Returns where a node stands in [`Scene::nodes`].
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Returns a node.
    pub fn node(&self, id: &str) -> Option<&SceneNode> {
        Some(&self.nodes[self.place(id)?])
    }

    /// Returns the room that some nodes take; `None` where there are none.
    pub fn bounds<'a>(&'a self, nodes: impl Iterator<Item = &'a SceneNode>) -> Option<Rect> {
        nodes.map(SceneNode::rect).reduce(Rect::union)
    }

    /// Returns wires as pairs of places in [`Scene::nodes`].
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        self.wires.iter().map(|wire| (wire.from, wire.to)).collect()
    }
}

/// Returns the type of an output.
pub fn output_type(face: &Face, port: &str) -> Type {
    if port == ERROR_PORT {
        return Type::Failure;
    }
    face.output(port).map_or(Type::Any, |at| face.outputs[at].ty.clone())
}

/// Returns the references of a wire, in order.
pub fn references(wire: &Wire) -> impl Iterator<Item = &Reference> {
    let (one, many) = match wire {
        Wire::One(one) => (Some(one), &[][..]),
        Wire::Many(many) => (None, many.as_slice()),
    };
    one.into_iter().chain(many.iter().map(|one| &one.value))
}

/// Returns the outputs that wires and graph outputs name, by node.
fn used_outputs(doc: &GraphDoc) -> HashMap<&str, Vec<&str>> {
    let wires = doc.nodes.values().flat_map(|node| node.inputs.values()).flat_map(|wire| references(&wire.value));
    let mut used: HashMap<&str, Vec<&str>> = HashMap::new();
    for reference in wires.chain(doc.outputs.values().map(|output| &output.value)) {
        if let Reference::Port { node, port } = reference
            && port != ERROR_PORT
        {
            used.entry(node).or_default().push(port);
        }
    }
    used
}
