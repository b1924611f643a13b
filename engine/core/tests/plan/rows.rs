//! Plans under rows: what depends on a row lies in its scope, everything else runs once.

use std::path::Path;

use windlass_core::plan::{Given, Plan, Row, Rows, print};
use windlass_core::problem::Problem;

use super::pack;
use super::support::{Files, compile_text, compiled};

const SIZES: &str = "$size:int(1..)=64 ; $columns:int=4 ; find=t.files ; open=t.open file=find.file ; \
    thumb=t.resize image=open.image width=$size ; sheet=t.sheet images=open.image columns=$columns ; \
    save=t.save image=thumb.image path:\"out/{stem}.png\" ; all=t.gather items=thumb.image ; ->size=$size ; ->all=all.count";

fn rows(column: &str, values: &[&str]) -> Rows {
    let row = |value: &&str| Row { name: (*value).into(), values: vec![Given::Text((*value).into())] };
    Rows { name: format!("--sweep {column}"), columns: vec![column.into()], rows: values.iter().map(row).collect() }
}

fn under(line: &str, all: &[Rows]) -> Result<Plan, Box<Problem>> {
    let mut plan = compiled(line).plan.unwrap();
    plan.under(all, Path::new("/home")).map(|()| plan)
}

fn how_often(plan: &Plan) -> String {
    let often = plan.steps.iter().map(|step| format!("{}: {}", step.name, plan.scope_in_words(&step.scope)));
    often.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_does_not_depend_on_a_row_runs_once() {
    let plan = under(SIZES, &[rows("size", &["32", "64"])]).unwrap();
    insta::assert_snapshot!(print::text(&plan));
}

#[test]
fn sweeps_multiply_and_each_step_lies_under_those_that_it_needs() {
    let plan = under(SIZES, &[rows("columns", &["1", "2"]), rows("thumb.fit", &["cover", "contain"])]).unwrap();
    insta::assert_snapshot!(how_often(&plan));
}

const LOOP: &str = "\
windlass: 1
nodes:
  find: { kind: t.numbers }
  grow:
    kind: t.loop
    inputs: { n: find.number }
    body:
      inputs: { n: { type: int } }
      outputs: { n: more.sum }
      nodes:
        more: { kind: t.add, params: { b: 1 }, inputs: { a: $n } }
";

#[test]
fn all_of_a_loop_lies_under_the_rows_that_its_body_needs() {
    let mut plan = compile_text(LOOP, &pack::registry(), &Files::default(), |_| {}).plan.unwrap();
    plan.under(&[rows("grow/more.b", &["1", "2"])], Path::new("/home")).unwrap();
    insta::assert_snapshot!(how_often(&plan));
}

#[test]
fn what_cannot_be_set_is_named() {
    let refused = [
        rows("siez", &["1"]),
        rows("size", &["1", "many"]),
        rows("size", &["0"]),
        rows("thumb.image", &["1"]),
        rows("save.path", &["a"]),
    ];
    let said = refused.iter().map(|rows| under(SIZES, std::slice::from_ref(rows)).unwrap_err().message);
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"));
}
