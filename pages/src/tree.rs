//! The tree of a page, as a browser would build it, in one bounded list of nodes.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, QualName, ns};

/// A node by its place in the list.
pub(crate) type NodeId = u32;

const NONE: NodeId = NodeId::MAX;
/// Attributes of one element. Whoever opens a line again copies those of every format that is open, as often as there are lines.
const ATTRIBUTES_MAX: usize = 256;

/// The nodes of a page. The first is the document.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

struct Node {
    parent: NodeId,
    previous: NodeId,
    next: NodeId,
    first: NodeId,
    last: NodeId,
    content: Content,
}

enum Content {
    Element(Element),
    /// Comments, instructions, and what stands for a template's inside.
    Other,
    Text(String),
}

/// An element.
pub(crate) struct Element {
    name: Rc<QualName>,
    attributes: Vec<Attribute>,
    /// Of a template: the node that its content hangs from.
    inside: NodeId,
}

/// What a node is for readers.
pub(crate) enum Kind<'t> {
    Element(&'t Element),
    Other,
    Text(&'t str),
}

impl Tree {
    /// The node that everything hangs from.
    pub(crate) const DOCUMENT: NodeId = 0;

    /// Returns what a node is.
    pub(crate) fn kind(&self, node: NodeId) -> Kind<'_> {
        match &self.nodes[node as usize].content {
            Content::Element(element) => Kind::Element(element),
            Content::Other => Kind::Other,
            Content::Text(text) => Kind::Text(text),
        }
    }

    /// Returns the children of a node, and after them what is inside a template.
    pub(crate) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let inside = match &self.nodes[node as usize].content {
            Content::Element(element) if element.inside != NONE => {
                self.nodes[element.inside as usize].first
            }
            _ => NONE,
        };
        let follow = |first: NodeId| {
            let first = (first != NONE).then_some(first);
            std::iter::successors(first, |at| {
                let next = self.nodes[*at as usize].next;
                (next != NONE).then_some(next)
            })
        };
        follow(self.nodes[node as usize].first).chain(follow(inside))
    }

    /// Appends all text below a node, up to so many bytes.
    pub(crate) fn text_below(&self, node: NodeId, bytes_max: usize, out: &mut String) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            if out.len() >= bytes_max {
                return;
            }
            match self.kind(node) {
                Kind::Text(text) => out.push_str(cut(text, bytes_max - out.len())),
                Kind::Element(_) | Kind::Other => {
                    let from = waiting.len();
                    waiting.extend(self.children(node));
                    waiting[from..].reverse();
                }
            }
        }
    }
}

impl Element {
    /// Tells whether it is an element of HTML, not of a drawing or a formula in it.
    pub(crate) fn is_html(&self) -> bool {
        self.name.ns == ns!(html)
    }

    /// Returns the tag, in lower case for elements of HTML.
    pub(crate) fn tag(&self) -> &str {
        &self.name.local
    }

    /// Returns the value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|one| &*one.name.local == name);
        found.map(|one| &*one.value)
    }

    /// Returns the code of its event handlers.
    pub(crate) fn handlers(&self) -> impl Iterator<Item = &str> {
        let is_handler = |one: &&Attribute| one.name.local.starts_with("on");
        self.attributes
            .iter()
            .filter(is_handler)
            .map(|one| &*one.value)
    }
}

/// Returns the beginning of `text` of at most so many bytes, never half a character.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// Takes what the parser builds.
pub(crate) struct Building {
    nodes: RefCell<Vec<Node>>,
    nodes_max: usize,
    depth_max: usize,
    is_full: Cell<bool>,
}

/// What the parser holds of a node. The name travels with it, so that nothing is borrowed.
#[derive(Clone)]
pub(crate) struct Handle {
    node: NodeId,
    name: Rc<QualName>,
}

impl Building {
    /// Begins a tree of at most so many nodes, of which at most so many inside each other.
    pub(crate) fn new(nodes_max: usize, depth_max: usize) -> Self {
        let document = Node::new(Content::Other);
        Self {
            nodes: RefCell::new(vec![document]),
            nodes_max,
            depth_max,
            is_full: Cell::new(false),
        }
    }

    /// Tells whether a limit was reached: the parser must be given no more.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full.get()
    }

    fn add(&self, content: Content) -> NodeId {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= self.nodes_max {
            self.is_full.set(true);
        }
        let id = NodeId::try_from(nodes.len()).expect("a page has fewer bytes than that");
        nodes.push(Node::new(content));
        id
    }

    fn no_name() -> Rc<QualName> {
        thread_local! {
            static NO_NAME: Rc<QualName> = Rc::new(QualName::new(None, "".into(), "".into()));
        }
        NO_NAME.with(Rc::clone)
    }

    /// Puts a node under `parent`, before `sibling` or at the end.
    fn put(&self, parent: NodeId, sibling: NodeId, child: NodeOrText<Handle>) {
        let child = match child {
            NodeOrText::AppendNode(handle) => {
                self.detach(handle.node);
                handle.node
            }
            NodeOrText::AppendText(text) => {
                let before = self.before(parent, sibling);
                if before != NONE
                    && let Content::Text(earlier) =
                        &mut self.nodes.borrow_mut()[before as usize].content
                {
                    earlier.push_str(&text);
                    return;
                }
                self.add(Content::Text(text.to_string()))
            }
        };
        let before = self.before(parent, sibling);
        let mut nodes = self.nodes.borrow_mut();
        let node = &mut nodes[child as usize];
        (node.parent, node.previous, node.next) = (parent, before, sibling);
        if before == NONE {
            nodes[parent as usize].first = child;
        } else {
            nodes[before as usize].next = child;
        }
        if sibling == NONE {
            nodes[parent as usize].last = child;
        } else {
            nodes[sibling as usize].previous = child;
        }
        let mut depth = 0;
        let mut at = parent;
        while at != NONE && depth <= self.depth_max {
            depth += 1;
            at = nodes[at as usize].parent;
        }
        if depth > self.depth_max {
            self.is_full.set(true);
        }
    }

    fn before(&self, parent: NodeId, sibling: NodeId) -> NodeId {
        let nodes = self.nodes.borrow();
        if sibling == NONE {
            nodes[parent as usize].last
        } else {
            nodes[sibling as usize].previous
        }
    }

    fn detach(&self, node: NodeId) {
        let mut nodes = self.nodes.borrow_mut();
        let (parent, previous, next) = {
            let node = &mut nodes[node as usize];
            let was = (node.parent, node.previous, node.next);
            (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
            was
        };
        if parent == NONE {
            return;
        }
        if previous == NONE {
            nodes[parent as usize].first = next;
        } else {
            nodes[previous as usize].next = next;
        }
        if next == NONE {
            nodes[parent as usize].last = previous;
        } else {
            nodes[next as usize].previous = previous;
        }
    }

    fn parent_of(&self, node: NodeId) -> NodeId {
        self.nodes.borrow()[node as usize].parent
    }
}

impl Node {
    fn new(content: Content) -> Self {
        Self {
            parent: NONE,
            previous: NONE,
            next: NONE,
            first: NONE,
            last: NONE,
            content,
        }
    }
}

impl TreeSink for Building {
    type Handle = Handle;
    type Output = Tree;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Tree {
        Tree {
            nodes: self.nodes.into_inner(),
        }
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle {
            node: Tree::DOCUMENT,
            name: Self::no_name(),
        }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Handle {
        let name = Rc::new(name);
        let mut attributes = attributes;
        if attributes.len() > ATTRIBUTES_MAX {
            self.is_full.set(true);
        }
        if self.is_full() {
            // Nothing of it is read any more; the parser ends with the piece that it has.
            attributes = Vec::new();
        }
        let inside = if flags.template {
            self.add(Content::Other)
        } else {
            NONE
        };
        let element = Element {
            name: Rc::clone(&name),
            attributes,
            inside,
        };
        let node = self.add(Content::Element(element));
        Handle { node, name }
    }

    fn create_comment(&self, _text: StrTendril) -> Handle {
        Handle {
            node: self.add(Content::Other),
            name: Self::no_name(),
        }
    }

    fn create_pi(&self, _target: StrTendril, data: StrTendril) -> Handle {
        self.create_comment(data)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.put(parent.node, NONE, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        previous: &Handle,
        child: NodeOrText<Handle>,
    ) {
        if self.parent_of(element.node) == NONE {
            self.put(previous.node, NONE, child);
        } else {
            self.append_before_sibling(element, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let nodes = self.nodes.borrow();
        let node = match &nodes[target.node as usize].content {
            Content::Element(element) if element.inside != NONE => element.inside,
            _ => target.node,
        };
        Handle {
            node,
            name: Self::no_name(),
        }
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        one.node == other.node
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let parent = self.parent_of(sibling.node);
        if parent != NONE {
            self.put(parent, sibling.node, child);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Content::Element(element) = &mut nodes[target.node as usize].content {
            for attribute in attributes {
                let is_there = |one: &Attribute| one.name == attribute.name;
                if element.attributes.len() >= ATTRIBUTES_MAX {
                    self.is_full.set(true);
                } else if !element.attributes.iter().any(is_there) {
                    element.attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.node);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        loop {
            let child = self.nodes.borrow()[node.node as usize].first;
            if child == NONE {
                return;
            }
            let moved = Handle {
                node: child,
                name: Self::no_name(),
            };
            self.put(new_parent.node, NONE, NodeOrText::AppendNode(moved));
        }
    }
}
