//! The wording of each family of findings, read in review and frozen nowhere else.

use windlass_core::plan::{Given, Mode};

use super::support::{Files, compiled, compiled_with, rendered};

#[track_caller]
fn problems(line: &str) -> String {
    let compiled = compiled(line);
    assert!(!compiled.problems.is_empty(), "nothing was found");
    rendered(&compiled.problems)
}

macro_rules! wording {
    ($($name:ident: $line:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(problems($line));
        }
    )*};
}

wording! {
    kinds: "a=t.risize ; c=video.cut";
    references: "find=t.files ; a=t.open file=fnid.file ; b=t.open file=find.fiel ; c=t.add a=$size";
    names: "find=t.files patern:x ; a=t.open fiel=find.file ; b=t.blend ; c=t.open file:x";
    constants: "$s:int(1..)=1 ; n=t.numbers count:-1 ; f=t.files pattern:3 ; a=t.add a=$s a:4 ; b=t.say text:{env:X}";
    types: "find=t.files ; open=t.open file=find.file ; a=t.resize image=find.file ; b=t.say text=open.image ; \
            all=t.gather items=open.image ; c=t.resize image=all.list ; s=t.small ; w=t.word word=s.word size:1";
    scopes: "n=t.numbers ; k=t.numbers ; a=t.add a=n.number b=k.number ; s=t.small ; m=t.mean values=s.number";
    cycles: "a=t.add a=c.sum ; b=t.add a=a.sum ; c=t.add a=b.sum ; d=t.add a=d.sum";
    templates: "find=t.files ; open=t.open file=find.file ; a=t.save image=open.image path:\"all.png\" ; \
                b=t.save image=open.image path:\"{stem\" ; sheet=t.sheet images=open.image ; c=t.save image=sheet.image";
    policies: "find=t.files .queue:3 ; open=t.open file=find.file .window:8 .incomplete:fail .backoff:1s .device:cpu";
    bypass: "find=t.files .bypass ; open=t.open file=find.file";
    permissions: "s=t.small ; call=t.call text=s.word";
    statics: "s=t.small ; a=t.fill template=s.word ; b=t.fill template:Hey!";
    unused: "$size:int=3 ; s=t.small";
}

#[test]
fn subgraphs() {
    let files = Files::default()
        .with("/graphs/parts/loop.yaml", "again=loop.yaml")
        .with("/graphs/parts/wrong.yaml", "$a:image ; ->out=r.imag ; r=t.resize image=$a width:0");
    let line = "a=nowhere.yaml ; b=parts/loop.yaml ; n=t.numbers ; c=parts/wrong.yaml a=n.number ; \
                d=parts/wrong.yaml x=n.number ; e=t.resize image=c.out";
    insta::assert_snapshot!(rendered(&compiled_with(line, &files, |_| {}).problems));
}

#[test]
fn what_the_caller_gives() {
    let line = "$size:int(1..)=1 ; $name:text ; a=t.add a=$size ; s=t.say text=$name ; find=t.files";
    let compiled = compiled_with(line, &Files::default(), |request| {
        request.inputs.insert("size".into(), Given::Text("0".into()));
        request.inputs.insert("sise".into(), Given::Text("3".into()));
        request.sets = [("find.pattern", "*"), ("fnid.pattern", "*"), ("find.patern", "*"), ("a.a", "3"), ("x", "3")]
            .map(|(target, text)| (target.to_owned(), text.to_owned()))
            .into();
        request.mode = Mode::Run;
    });
    assert!(!compiled.is_ok());
    insta::assert_snapshot!(rendered(&compiled.problems));
}

#[test]
fn a_graph_that_uses_many_graphs_many_times_is_refused() {
    let mut files = Files::default();
    for level in 0..40 {
        let next = level + 1;
        let line = format!("a=g{next}.yaml ; b=g{next}.yaml");
        files = files.with(&format!("/graphs/g{level}.yaml"), &line);
    }
    let compiled = compiled_with("a=g0.yaml", &files, |_| {});
    assert!(compiled.problems.iter().any(|problem| problem.code == "too-large"));
}

#[test]
fn a_value_handed_through_thousands_of_graphs_is_refused() {
    let files = Files::default().with("/graphs/pass.yaml", "$it:any ; ->it=$it ; s=t.small");
    let uses = (1..5_000).map(|at| format!("p{at}=pass.yaml it=p{}.it", at - 1)).collect::<Vec<_>>().join(" ; ");
    let line = format!("s=t.small ; p0=pass.yaml it=s.word ; {uses} ; end=t.say text=p4999.it");
    let compiled = compiled_with(&line, &files, |_| {});
    assert!(compiled.problems.iter().any(|problem| problem.code == "too-large"), "{}", compiled.problems.len());
}

#[test]
fn thousands_of_cycles_are_each_named() {
    let pairs = (0..3_000).map(|at| format!("a{at}=t.add a=b{at}.sum ; b{at}=t.add a=a{at}.sum"));
    let compiled = compiled(&pairs.collect::<Vec<_>>().join(" ; "));
    assert_eq!(compiled.problems.iter().filter(|problem| problem.code == "cycle").count(), 3_000);
}
