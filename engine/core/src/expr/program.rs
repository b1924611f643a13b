//! A text of the language, ready to be computed: its operators are those that are counted.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::machinery::{self, CodeGenerator, Instruction, Instructions};
use minijinja::{AutoEscape, Error, Value as Jinja};
use self_cell::self_cell;
use smallvec::{SmallVec, smallvec};

use super::syntax::{self, Walk};
use super::{functions, language, operators};
use crate::node::NodeError;
use crate::problem::nearest;

/// The name that the language asks for.
const NAME: &str = "text";
/// Says that a name is looked up each time; the others are numbered by whoever wrote the instructions.
const NOT_KEPT: u8 = !0;

/// The most fields of a record that is written in a text; more are not reached by its bounds.
const MAX_FIELDS: usize = 32_000;

self_cell!(
    struct Owned {
        owner: String,
        #[covariant]
        dependent: Instructions,
    }
);

/// An expression or a template whose operators are counted.
pub(super) struct Program {
    owned: Owned,
    /// The names of the values that it uses, sorted.
    pub names: Vec<String>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(self.owned.borrow_owner()).finish()
    }
}

/// Why a text is none of the language, and in which line, if that can be told.
pub(super) struct Wrong {
    pub line: Option<usize>,
    pub error: NodeError,
}

impl Wrong {
    /// Says in which line an error is. Lines are counted to 65,534.
    pub(super) fn at(line: u16, error: NodeError) -> Self {
        Self { line: (line < u16::MAX).then(|| line.into()), error }
    }
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        let line = error.line().and_then(|line| line.try_into().ok()).unwrap_or(u16::MAX);
        Self::at(line, language::cause(&error))
    }
}

impl Program {
    /// Reads an expression.
    pub(super) fn expression(text: &str) -> Result<Self, Wrong> {
        syntax::check_size(text, true)?;
        Self::compile(text, |text, walk, generator| {
            let expression = machinery::parse_expr(text)?;
            walk.expression(&expression)?;
            generator.compile_expr(&expression);
            Ok(())
        })
    }

    /// Reads a template.
    pub(super) fn template(text: &str) -> Result<Self, Wrong> {
        syntax::check_size(text, false)?;
        Self::compile(text, |text, walk, generator| {
            let template = machinery::parse(text, NAME, language::syntax())?;
            walk.statements(std::slice::from_ref(&template))?;
            generator.compile_stmt(&template);
            Ok(())
        })
    }

    fn compile(
        text: &str,
        write: impl for<'a> FnOnce(&'a str, &mut Walk, &mut CodeGenerator<'a>) -> Result<(), Wrong>,
    ) -> Result<Self, Wrong> {
        let mut walk = Walk::default();
        let owned = Owned::try_new(text.to_owned(), |text| {
            let mut generator = CodeGenerator::new(NAME, text);
            write(text, &mut walk, &mut generator)?;
            counted(&generator.finish().0)
        })?;
        Ok(Self { owned, names: walk.names.into_iter().collect() })
    }

    /// Computes it, and returns what is left, and what was written.
    pub(super) fn run(&self, values: Jinja) -> Result<(Option<Jinja>, String), Error> {
        let mut written = String::new();
        let mut output = machinery::make_string_output(&mut written);
        let (instructions, blocks) = (self.owned.borrow_dependent(), BTreeMap::new());
        let environment = &*language::ENVIRONMENT;
        let (value, _) = machinery::eval(environment, instructions, values, &blocks, &mut output, AutoEscape::None)?;
        Ok((value, written))
    }
}

/// Returns the instructions with operators that are counted.
fn counted<'a>(instructions: &Instructions<'a>) -> Result<Instructions<'a>, Wrong> {
    let all: Vec<_> = (0..).map_while(|at| instructions.get(at)).collect();
    let steps: Vec<_> = all.iter().map(|instruction| steps(instruction)).collect();
    let mut places = vec![0];
    for steps in &steps {
        places.push(places.last().copied().unwrap_or_default() + steps.len() as u32);
    }
    let mut counted = Instructions::new(NAME, instructions.source());
    for (at, steps) in (0..).zip(steps) {
        let line = instructions.get_line(at).and_then(|line| line.try_into().ok()).unwrap_or(u16::MAX);
        known(all[at as usize]).map_err(|error| Wrong::at(line, error))?;
        for mut step in steps {
            move_target(&mut step, &places);
            counted.add_with_line(step, line);
        }
    }
    Ok(counted)
}

/// Returns what is done instead of an instruction.
fn steps<'a>(instruction: &Instruction<'a>) -> SmallVec<[Instruction<'a>; 2]> {
    let operator = |name, operands| smallvec![Instruction::ApplyFilter(name, Some(operands), NOT_KEPT)];
    match instruction {
        Instruction::EmitRaw(text) => smallvec![Instruction::LoadConst(Jinja::from(*text)), Instruction::Emit],
        Instruction::Add => operator(operators::ADD, 2),
        Instruction::Mul => operator(operators::MULTIPLY, 2),
        Instruction::StringConcat => operator(operators::CONCATENATE, 2),
        Instruction::GetItem => operator(operators::ITEM, 2),
        Instruction::Slice => operator(operators::SLICE, 4),
        Instruction::In => operator(operators::IN, 2),
        Instruction::BuildMap(fields) if (1..=MAX_FIELDS).contains(fields) => {
            operator(operators::RECORD, 2 * *fields as u16)
        }
        Instruction::CallMethod(name, Some(values)) => {
            let mut steps = operator(operators::METHOD, values + 1);
            steps.insert(0, Instruction::LoadConst(Jinja::from(*name)));
            steps
        }
        Instruction::Eq
        | Instruction::Ne
        | Instruction::Gt
        | Instruction::Gte
        | Instruction::Lt
        | Instruction::Lte
        | Instruction::CompareAndPreserve(_) => {
            let mut steps = operator(operators::LOOK, 1);
            steps.push(instruction.clone());
            steps
        }
        other => smallvec![other.clone()],
    }
}

/// Lets a jump go where its target now stands.
fn move_target(step: &mut Instruction<'_>, places: &[u32]) {
    if let Instruction::Jump(target)
    | Instruction::JumpIfFalse(target)
    | Instruction::JumpIfFalseOrPop(target)
    | Instruction::JumpIfTrueOrPop(target)
    | Instruction::Iterate(target) = step
    {
        *target = places[*target as usize];
    }
}

/// Refuses filters and tests that the language lacks.
fn known(instruction: &Instruction<'_>) -> Result<(), NodeError> {
    let without_space = |name: &str| name.split_ascii_whitespace().collect::<String>();
    match instruction {
        Instruction::ApplyFilter(name, ..) => listed("filter", &without_space(name), functions::filter_names()),
        Instruction::PerformTest(name, ..) => listed("test", &without_space(name), functions::test_names()),
        _ => Ok(()),
    }
}

fn listed(what: &str, name: &str, names: Vec<&'static str>) -> Result<(), NodeError> {
    if names.contains(&name) {
        return Ok(());
    }
    let name = &*language::shorten(name);
    let error = NodeError::new(format!("there is no {what} `{name}`"));
    Err(match nearest(name, names) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("docs/format.md lists all of them under *Expressions*"),
    })
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, UndefinedBehavior, Value as Jinja};

    use super::super::{Expr, Template};
    use crate::value::{Bag, Value};

    fn row() -> serde_json::Value {
        crate::json!({ "n": 7, "f": 2.5, "t": "Ab c", "l": [3, 1, 2], "m": { "b": 1, "a": [] }, "none": null })
    }

    fn plain() -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment
    }

    fn values() -> Jinja {
        Jinja::from_pairs([("row", Jinja::from(minijinja::value::Serde(row())))])
    }

    fn bag() -> Bag {
        [("row", Value::from_constant(&row()))].into_iter().collect()
    }

    #[test]
    fn counted_operators_give_what_plain_ones_give() {
        for text in [
            "[row.n + 1, row.n - 1, row.n * row.f, row.n / 2, row.n // 2, row.n % 4, row.n ** 2, -row.n]",
            "row.t + 'x' ~ row.n ~ row.l ~ none ~ row.m",
            "row.l + [4, [5]] + row.l[1:]",
            "row.l[:2]",
            "[row.t|replace('b', 1), 5|replace('5', 6), row.l|join(1), row.l|join(d='-'), row.t|trim('A'), '  x'|trim]",
            "[row.l|reverse|list, row.l|chain(row.l)|list, row.t|reverse, row.l|attr(1), row.t|attr(0), row.m|attr('b')]",
            "[row.l|sort(reverse=true), [row.m]|sort(attribute='b,a')|length, row.l|min, ['b', 'A']|sort, [row.m]|groupby('b')]",
            "[row.n is divisibleby(2), row.f is divisibleby(0.5), row.n is divisibleby(-7)]",
            "row.t[1:] ~ (1 if false) ~ 'x'",
            "[row.l[0], row.l[-1], row.t[1], row.m['b'], (row.l + [9])[3], row.l[99]|d(1), row.t[row.n]|d(2), row[row.t]|d(3)]",
            "[row.l[::-1], row.t[1:3], row.l[:row.n], row.t[:-1]]",
            "'-' * row.n ~ 3 * row.t",
            "[row.n == 7, row.n != 7, row.t < 'B', row.l >= [3], row.l == [3, 1, 2], row.n > row.f, row.n <= 7.0]",
            "[1 < row.n < 9, 1 < row.n > 9, 1 < 2 == row.n, 3 not in row.l]",
            "[3 in row.l, 'b' in row.t, 'a' in row.m, 9 in row.l, not row.none]",
            "row.t|upper if row.n > 3 and row.l else row.t|lower or 'x'",
            "row.l|map('string')|map('replace', '1', 'one')|join('+')",
            "row.l|select('>', 1)|map('default', 0)|list + row.l|sort|list + [row.l|sum, row.l|max]",
            "[row.m|items|list, row.m|dictsort, row.l|tojson, row.t|length, row.t|split, row.t|lines, row.t|list]",
            "{row.t: 1, 'z': row.n, row.n: 2, 'z': 3}",
            "dict(row.m, c=2).c + range(4)|sum + row.l|first",
            "[row.gone is defined, row.gone|d('x'), row.none is none, row.t is endingwith 'c', row.n is divisibleby 7]",
            "[row.l|string|upper, row.m|string, row.t|escape|title|capitalize|trim, row.l|zip(row.l)|list]",
        ] {
            let expected = plain().compile_expression(text).unwrap().eval(values()).unwrap();
            let given = Expr::compile(text).unwrap().eval(&bag()).unwrap();
            assert_eq!(given.to_json(), serde_json::to_value(expected).ok(), "{text}");
        }
    }

    #[test]
    fn counted_templates_write_what_plain_ones_write() {
        for text in [
            "{% for x in row.l %}{{ loop.index }}: {% if x == 2 or x < 2 %}small{% elif x %}{{ x * 2 }}{% else %}-{% endif %};\n{% else %}none{% endfor %}.",
            "{% for x in row.l if x > 1 and x in [2, 3] %}{% for y in row.l %}{{ x + y }}{{ ',' if not loop.last }}{% endfor %}{% endfor %}",
            "{% for k, v in row.m|items %}{{ k ~ '=' ~ v }}{% endfor %}{% for x in [] %}a{% else %}{{ row.t|upper }}{% endfor %}",
            "{% for x in row.l %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }}{{ loop.first }}{{ loop.previtem|d('-') }}{% endfor %}",
            "{% for x in row.l[::-1] %}{{ x }}{% endfor %}{% for x in row.l %}{{ x }}{% endfor %}{{ dict(a=1).a }}",
            "a{% raw %}{{ b }}{% endraw %}{# c #}{{ row.f }}{{ row.none }}{{ row.l }}{{ row.m }}{{ true }}",
            "{% if row.n < 3 %}a{% elif row.n > 3 < row.f %}b{% elif row.n >= 7 %}c{% else %}d{% endif %}",
        ] {
            let expected = plain().render_str(text, values()).unwrap();
            let given = Template::compile(text).unwrap().render(&bag()).unwrap();
            assert_eq!(given, expected, "{text}");
        }
    }

    #[test]
    fn errors_are_those_of_plain_operators() {
        for text in [
            "row.t + 1",
            "row.m * 2",
            "row.n in 5",
            "row.gone == 1",
            "1 < row.gone",
            "row.gone ~ 1",
            "1 ~ row.gone",
            "row.gone + 1",
            "row.gone * 2",
            "row.gone[1:]",
            "1 in row.gone",
            "row.t - 1",
            "row.gone|upper",
            "row.n|length",
            "row.gone['x']",
            "row.n[1] + 1",
            "row.t * -1",
            "9999999999999999999 ** 9",
            "row.gone.x",
        ] {
            let expected = plain().compile_expression(text).unwrap().eval(values()).unwrap_err();
            let given = Expr::compile(text).unwrap().eval(&bag()).unwrap_err().to_string();
            let cause = super::language::cause(&expected).to_string();
            assert!(given.ends_with(&cause), "{text}: {given} instead of {cause}");
        }
        let said = |text: &str| Expr::compile(text).map(|_| ()).unwrap_err();
        let wrong = said("row.t|uppr");
        assert_eq!(wrong.to_string(), "`row.t|uppr` is not an expression: there is no filter `uppr`");
        assert!(said("row.t is strng").to_string().ends_with("there is no test `strng`"));
        assert!(said("false and row.t|uppr").to_string().ends_with("there is no filter `uppr`"));
    }
}
