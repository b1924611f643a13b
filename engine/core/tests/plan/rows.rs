//! Plans under rows: what depends on a row lies in its scope, everything else runs once.

use windlass_core::plan::{Given, Plan, Row, Rows, print};
use windlass_core::problem::Problem;

use super::pack;
use super::support::{Files, LOOP, compile_text, compiled};

const SIZES: &str = "$size:int(1..)=64 ; $columns:int=4 ; find=t.files ; open=t.open file=find.file ; \
    thumb=t.resize image=open.image width=$size ; sheet=t.sheet images=open.image columns=$columns ; \
    save=t.save image=thumb.image path:\"out/{stem}.png\" ; all=t.gather items=thumb.image ; ->size=$size ; ->all=all.count";

fn rows(column: &str, values: &[&str]) -> Rows {
    let row = |value: &&str| Row { name: (*value).into(), values: vec![Given::Text((*value).into())], place: None };
    let rows = values.iter().map(row).collect();
    Rows { name: format!("--sweep {column}"), columns: vec![column.into()], rows, folder: "/home".into() }
}

fn under(line: &str, all: &[Rows]) -> Result<Plan, Box<Problem>> {
    let mut plan = compiled(line).plan.unwrap();
    plan.under(all).map(|()| plan)
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

#[test]
fn all_of_a_loop_lies_under_the_rows_that_its_body_needs() {
    let mut plan = compile_text(LOOP, &pack::registry(), &Files::default(), |_| {}).plan.unwrap();
    plan.under(&[rows("grow/more.b", &["1", "2"])]).unwrap();
    insta::assert_snapshot!(how_often(&plan));
}

#[test]
fn what_cannot_be_set_is_named() {
    let refused = [
        rows("siez", &["1"]),
        rows("thumb.widht", &["1"]),
        rows("nothing", &["1"]),
        rows("size", &[]),
        rows("size", &["1", "many"]),
        rows("size", &["0"]),
        rows("thumb.image", &["1"]),
        rows("save.path", &["a"]),
    ];
    let said = refused.iter().map(|one| said(std::slice::from_ref(one)));
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"));
}

#[test]
fn rows_that_cannot_go_together_are_named() {
    let many: Vec<String> = (1..=400).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let twice = [rows("size", &["1"]), rows("columns", &["1"]), rows("size", &["2"])];
    let too_many = [rows("size", &many), rows("columns", &many)];
    let mut at_once = rows("size", &["1"]);
    at_once.columns.push("size".into());
    let refused: [&[Rows]; 3] = [&twice, &too_many, &[at_once]];
    insta::assert_snapshot!(refused.map(said).join("\n"));
    let mut plan = compiled(SIZES).plan.unwrap();
    plan.until("open").unwrap();
    let problem = plan.under(&[rows("columns", &["1"])]).unwrap_err();
    assert_eq!(problem.message, "nothing that runs depends on what `--sweep columns` sets");
}

fn said(all: &[Rows]) -> String {
    let problem = under(SIZES, all).unwrap_err();
    let hint = problem.hint.map_or_else(String::new, |hint| format!(" ({hint})"));
    problem.message + &hint
}
