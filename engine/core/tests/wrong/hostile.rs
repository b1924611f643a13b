//! Graph files that are made to do harm, too large to be stored.

/// A file, and the code of the finding that refuses it.
pub struct Hostile {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub code: &'static str,
}

/// Returns all hostile files.
pub fn files() -> Vec<Hostile> {
    let graph = "windlass: 1\nnodes:\n";
    let node = |at: usize| format!("  n{at}: {{ kind: flow.probe, params: {{ x: [1, 2, 3], y: text }} }}\n");
    let many_nodes = format!("{graph}{}", (0..150_000).map(node).collect::<String>());
    assert!(many_nodes.len() > 9_000_000);
    let bomb: String = (1..12).map(|at| format!("k{at}: &k{at} [{}]\n", format!("*k{}, ", at - 1).repeat(9))).collect();
    let deep_alias: String = (1..70).map(|at| format!("k{at}: &k{at} [*k{}]\n", at - 1)).collect();
    let files = [
        ("ten megabytes of nodes", many_nodes, "too-many-values"),
        ("a text of twenty megabytes", format!("windlass: 1\nname: {}\n", "x".repeat(20 << 20)), "too-large"),
        ("an alias bomb", format!("windlass: 1\nk0: &k0 [lol, lol]\n{bomb}"), "alias-bomb"),
        ("a chain of aliases", format!("windlass: 1\nk0: &k0 [1]\n{deep_alias}"), "too-deep"),
        ("many aliases", format!("windlass: 1\na: &a 1\nb: [{}]\n", "*a, ".repeat(2_000)), "too-many-aliases"),
        ("brackets", format!("windlass: 1\na: {}", "[".repeat(1_000_000)), "too-deep"),
        ("braces", format!("windlass: 1\na: {}", "{a: ".repeat(1_000_000)), "too-deep"),
        ("dashes", format!("windlass: 1\na:\n  {}1\n", "- ".repeat(1_000_000)), "too-deep"),
        ("question marks", format!("windlass: 1\na:\n  {}1\n", "? ".repeat(1_000_000)), "too-deep"),
        (
            "one huge line",
            format!("windlass: 1\nnodes: {{ {} }}\n", "a: { kind: x.y }, ".repeat(500_000)),
            "too-many-values",
        ),
        ("a huge key", format!("windlass: 1\n{}: 1\n", "k".repeat(1_000_000)), "key-without-colon"),
        ("a quote over megabytes", format!("windlass: 1\nname: \"{}", "x\n".repeat(4_000_000)), "unclosed-text"),
        ("spaces", format!("windlass: 1\nname:\n{}x: 1", " ".repeat(8_000_000)), "wrong-kind"),
    ];
    let mut files: Vec<_> =
        files.into_iter().map(|(name, text, code)| Hostile { name, bytes: text.into_bytes(), code }).collect();
    let mut bytes = vec![b'#'; 9_000_000];
    bytes.push(0xff);
    files.push(Hostile { name: "bytes that are no text", bytes, code: "not-utf8" });
    files
}
