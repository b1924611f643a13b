//! What a text of the language may say, seen before anything of it is computed.

use std::collections::BTreeSet;

use minijinja::Value as Jinja;
use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, ForLoop, Spanned, Stmt};
use minijinja::machinery::{self, Token};
use minijinja::value::ValueKind;

use super::program::Wrong;
use super::{functions, language};
use crate::node::NodeError;

/// The most operators that stand one inside of the other: as deep as they are read.
const MAX_DEPTH: usize = 300;
/// The most words and signs of one expression, and the most operators of a text: constants are computed as it is read.
const MAX_TOKENS: usize = 20_000;
/// The most conditions of a template that stand behind each other with `elif`.
const MAX_ELIFS: usize = 200;
/// The most names that one loop gives to the parts of an item.
const MAX_TARGETS: usize = 16;
/// The longest text that a text and a number written beside it come to, in bytes.
const MAX_REPEATED_BYTES: usize = 4 << 10;
/// The most texts that are written so.
const MAX_REPEATED: usize = 20;

/// Refuses a text that would take all of the stack, or long, to be read.
pub(super) fn check_size(text: &str, is_expression: bool) -> Result<(), Wrong> {
    let mut size = Size::default();
    for token in machinery::tokenize(text, is_expression, language::syntax()) {
        // Whoever reads the text says what is wrong with it.
        let Ok((token, span)) = token else { return Ok(()) };
        size.count(&token).map_err(|error| Wrong::at(span.start_line, error))?;
    }
    Ok(())
}

/// How large a text is as far as it was seen.
#[derive(Default)]
struct Size {
    /// Operators that stand one inside of the other, at this place.
    depth: usize,
    /// For each bracket that is open, the depth before it, and the largest of what is separated by commas.
    open: Vec<(usize, usize)>,
    tokens: usize,
    operators: usize,
    elifs: usize,
}

impl Size {
    fn count(&mut self, token: &Token<'_>) -> Result<(), NodeError> {
        self.tokens += 1;
        match token {
            Token::VariableStart | Token::BlockStart => (self.depth, self.tokens) = (0, 0),
            Token::TemplateData(_) | Token::VariableEnd | Token::BlockEnd => {}
            Token::Ident("elif") => self.elifs += 1,
            Token::Ident("and" | "or" | "not" | "in" | "is" | "if" | "else") => self.operator(),
            Token::Ident(_) | Token::Str(_) | Token::String(_) => {}
            Token::Int(_) | Token::Int128(_) | Token::Float(_) | Token::Colon | Token::Assign => {}
            Token::BracketOpen | Token::ParenOpen | Token::BraceOpen => {
                self.open.push((self.depth, self.depth));
                self.operator();
            }
            Token::Comma => {
                self.depth = self.open.last_mut().map_or(self.depth, |(before, most)| {
                    *most = self.depth.max(*most);
                    *before + 1
                })
            }
            Token::BracketClose | Token::ParenClose | Token::BraceClose => {
                self.depth = self.open.pop().map_or(self.depth, |(_, most)| self.depth.max(most)) + 1;
            }
            _ => self.operator(),
        }
        self.check()
    }

    fn operator(&mut self) {
        self.depth += 1;
        self.operators += 1;
    }

    fn check(&self) -> Result<(), NodeError> {
        let said = if self.depth > MAX_DEPTH {
            format!("more than {MAX_DEPTH} operators stand one inside of the other")
        } else if self.tokens > MAX_TOKENS {
            format!("an expression has more than {MAX_TOKENS} words and signs")
        } else if self.operators > MAX_TOKENS {
            format!("there are more than {MAX_TOKENS} operators")
        } else if self.elifs > MAX_ELIFS {
            format!("there are more than {MAX_ELIFS} `elif`")
        } else {
            return Ok(());
        };
        Err(NodeError::new(said).hint("compute parts of it in nodes of their own"))
    }
}

/// What of a text was seen so far.
#[derive(Default)]
pub(super) struct Walk {
    /// The names of values that it uses.
    pub names: BTreeSet<String>,
    /// The names that loops around this place give to their items.
    locals: Vec<String>,
    line: u16,
    repeated: usize,
}

impl Walk {
    /// Refuses statements that assign or capture, and loops that call themselves: what those make is counted nowhere.
    pub(super) fn statements(&mut self, statements: &[Stmt<'_>]) -> Result<(), Wrong> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'_>) -> Result<(), Wrong> {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::IfCond(cond) => {
                self.expression(&cond.expr)?;
                self.statements(&cond.true_body)?;
                self.statements(&cond.false_body)
            }
            Stmt::ForLoop(each) => self.each(each),
            Stmt::WithBlock(other) => self.no_statement("with", other.span().start_line),
            Stmt::Set(other) => self.no_statement("set", other.span().start_line),
            Stmt::SetBlock(other) => self.no_statement("set", other.span().start_line),
            Stmt::AutoEscape(other) => self.no_statement("autoescape", other.span().start_line),
            Stmt::FilterBlock(other) => self.no_statement("filter", other.span().start_line),
            Stmt::Do(other) => self.no_statement("do", other.span().start_line),
        }
    }

    fn each(&mut self, each: &Spanned<ForLoop<'_>>) -> Result<(), Wrong> {
        self.line = each.span().start_line;
        if each.recursive {
            return Err(self.not_allowed("a loop that is `recursive`"));
        }
        self.expression(&each.iter)?;
        let around = self.locals.len();
        self.locals.push("loop".into());
        self.target(&each.target);
        if self.locals.len() - around > 1 + MAX_TARGETS {
            let error = NodeError::new(format!("a loop gives more than {MAX_TARGETS} names"));
            return Err(Wrong::at(self.line, error.hint("give one, and take parts of it as `item[0]`")));
        }
        self.expressions(&each.filter_expr)?;
        self.statements(&each.body)?;
        self.locals.truncate(around);
        self.statements(&each.else_body)
    }

    fn target(&mut self, target: &Expr<'_>) {
        match target {
            Expr::Var(name) => self.locals.push(name.id.to_owned()),
            Expr::List(names) => names.items.iter().for_each(|name| self.target(name)),
            Expr::Tuple(names) => names.items.iter().for_each(|name| self.target(name)),
            _ => {}
        }
    }

    fn no_statement(&mut self, name: &str, line: u16) -> Result<(), Wrong> {
        self.line = line;
        Err(self.not_allowed(&format!("`{{% {name} %}}`")))
    }

    fn not_allowed(&self, what: &str) -> Wrong {
        let error = NodeError::new(format!("{what} is not allowed here"));
        Wrong::at(self.line, error.hint("a template may use `if`, `for` and `raw`"))
    }

    fn expressions<'a, 'b: 'a>(&mut self, expressions: impl IntoIterator<Item = &'a Expr<'b>>) -> Result<(), Wrong> {
        expressions.into_iter().try_for_each(|expression| self.expression(expression))
    }

    /// Refuses what would be made while the expression is read, and arguments without a number.
    pub(super) fn expression(&mut self, expression: &Expr<'_>) -> Result<(), Wrong> {
        self.line = expression.span().start_line;
        match expression {
            Expr::Const(_) => Ok(()),
            Expr::Var(name) => {
                let is_own =
                    functions::FUNCTIONS.contains(&name.id) || self.locals.iter().any(|local| local == name.id);
                self.names.extend((!is_own).then(|| name.id.to_owned()));
                Ok(())
            }
            Expr::Slice(slice) => {
                self.expression(&slice.expr)?;
                self.expressions([&slice.start, &slice.stop, &slice.step].into_iter().flatten())
            }
            Expr::UnaryOp(unary) => self.expression(&unary.expr),
            Expr::BinOp(binary) => {
                self.expressions([&binary.left, &binary.right])?;
                if matches!(binary.op, BinOpKind::Mul) { self.repeat(&binary.left, &binary.right) } else { Ok(()) }
            }
            Expr::Compare(compare) => {
                if compare.ops.iter().any(|op| matches!(op.op, CompareOpKind::In | CompareOpKind::NotIn)) {
                    let error = NodeError::new("`in` cannot stand in a chain of comparisons");
                    return Err(Wrong::at(self.line, error.hint("put it in brackets, or write `and`")));
                }
                self.expression(&compare.expr)?;
                self.expressions(compare.ops.iter().map(|op| &op.expr))
            }
            Expr::IfExpr(choice) => {
                self.expressions([&choice.test_expr, &choice.true_expr].into_iter().chain(&choice.false_expr))
            }
            Expr::Filter(filter) => {
                self.expressions(&filter.expr)?;
                self.arguments(&filter.args)
            }
            Expr::Test(test) => {
                self.expression(&test.expr)?;
                self.arguments(&test.args)
            }
            Expr::GetAttr(attribute) => self.expression(&attribute.expr),
            Expr::GetItem(item) => self.expressions([&item.expr, &item.subscript_expr]),
            Expr::Call(call) => {
                self.expression(&call.expr)?;
                self.arguments(&call.args)
            }
            Expr::List(list) => self.expressions(&list.items),
            Expr::Tuple(tuple) => self.expressions(&tuple.items),
            Expr::Map(map) => self.expressions(map.keys.iter().chain(&map.values)),
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) -> Result<(), Wrong> {
        arguments.iter().try_for_each(|argument| match argument {
            CallArg::Pos(expression) | CallArg::Kwarg(_, expression) => self.expression(expression),
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => Err(Wrong::at(
                self.line,
                NodeError::new("an argument with a star is not allowed here").hint("write the arguments one by one"),
            )),
        })
    }

    /// Constants are multiplied as soon as they are read.
    fn repeat(&mut self, left: &Expr<'_>, right: &Expr<'_>) -> Result<(), Wrong> {
        let (Some(left), Some(right)) = (left.as_const(), right.as_const()) else { return Ok(()) };
        if [&left, &right].into_iter().all(|value| value.kind() == ValueKind::Number) {
            return Ok(());
        }
        self.repeated += 1;
        let bytes = |text: &Jinja, times: &Jinja| Some(text.as_str()?.len().saturating_mul(times.as_usize()?));
        match bytes(&left, &right).or_else(|| bytes(&right, &left)) {
            Some(bytes) if bytes <= MAX_REPEATED_BYTES && self.repeated <= MAX_REPEATED => Ok(()),
            _ => {
                let said =
                    format!("`*` repeats only texts, {MAX_REPEATED} times, to at most {MAX_REPEATED_BYTES} bytes");
                Err(Wrong::at(self.line, NodeError::new(said).hint("write the text out, or wire it as a value")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Expr, Template};
    use crate::value::Value;

    #[test]
    fn a_template_assigns_and_includes_nothing() {
        for text in [
            "{% set a = 1 %}",
            "{%- set a = a ~ a %}",
            "{% include 'x' %}",
            "{% with a = 1 %}{% endwith %}",
            "{%",
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{% for a in ['%}'] recursive -%}{% endfor %}",
            "{% if true %}{% for a in [1] %}{% filter upper %}a{% endfilter %}{% endfor %}{% endif %}",
            "{% autoescape true %}{% endautoescape %}",
            "{{ dict(*[1]) }}",
        ] {
            assert!(Template::compile(text).is_err(), "{text}");
        }
        assert!(Template::compile("{% raw %}{{ x }}{% endraw %}{% if true -%} y {%- else %}n{% endif %}").is_ok());
        assert!(Template::compile(&format!("{}{{{{ 2 * 3 }}}}", "* a\n".repeat(99))).is_ok(), "a list of points");
        let error = Template::compile("a\n\n{% set b = 1 %}").unwrap_err();
        assert_eq!(error.to_string(), "the template, line 3, is not a template: `{% set %}` is not allowed here");
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_before_it_is_read() {
        let many = 20_000;
        for text in [
            vec!["1"; many].join("+"),
            format!("x{}", ".a".repeat(many)),
            format!("x{}", "[0]".repeat(many)),
            format!("x{}", "|d".repeat(many)),
            format!("x{}", "()".repeat(many)),
            format!("{}x", "not ".repeat(many / 2)),
            format!("{}x", "-".repeat(many)),
            format!("{}x", "1 if x else ".repeat(4_000)),
            vec!["x"; many].join("<"),
        ] {
            let said = Expr::compile(&text).unwrap_err().to_string();
            assert!(said.contains("more than 300 operators stand one inside of the other"), "{said}");
        }
        let elifs = format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}a".repeat(many));
        assert!(Template::compile(&elifs).unwrap_err().to_string().contains("more than 200 `elif`"));
        let within = (0..100).fold("x".to_owned(), |inner, _| format!("({inner}{})", "+1".repeat(100)));
        assert!(Expr::compile(&within).unwrap_err().to_string().contains("one inside of the other"));
        let lists = format!("{}0{}", "[0, ".repeat(60), "]".repeat(60));
        assert!(Expr::compile(&lists).is_ok());
        let deeper = Expr::compile(&format!("{lists}{}", "[0]".repeat(100))).unwrap_err();
        assert!(deeper.to_string().contains("one inside of the other"), "{deeper}");
        let wide = format!("x in [{}]", vec!["-1 + a.b"; 2_000].join(","));
        assert!(Expr::compile(&wide).is_ok());
        let long = "{{ a + b }}".repeat(5_000);
        assert!(Template::compile(&long).is_ok());
    }

    #[test]
    fn what_is_nested_as_deep_as_may_be_is_read_and_computed() {
        let values = || [("x", Value::Int(1))].into_iter().collect();
        for text in [
            format!("x{}", "+1".repeat(299)),
            format!("x{}", "|d".repeat(299)),
            format!("{}x", "not ".repeat(299)),
            format!("{}x", "-".repeat(299)),
            format!("{}x", "0 if not x else ".repeat(99)),
            format!("x{}", " and x".repeat(299)),
            format!("x{}", " is none".repeat(299)),
            format!("x{}", "|d(x)".repeat(99)),
        ] {
            Expr::compile(&text).and_then(|expr| expr.eval(&values())).unwrap();
        }
        let inner = format!("{{{{ x{} }}}}", "+1".repeat(299));
        let elifs = format!("{{% if not x %}}{}{{% else %}}{inner}{{% endif %}}", "{% elif not x %}a".repeat(200));
        let all = format!("{}{elifs}{}", "{% for y in [1] %}".repeat(60), "{% endfor %}".repeat(60));
        assert_eq!(Template::compile(&all).and_then(|template| template.render(&values())), Ok("300".into()));
    }

    #[test]
    fn what_takes_long_to_read_is_refused() {
        let many = format!("{{{{ [{}] }}}}", "1,".repeat(20_000));
        let sums = "{{ 1+1 }}\n".repeat(30_000);
        let said = |text: &str| Template::compile(text).unwrap_err().to_string();
        assert!(said(&many).ends_with("an expression has more than 20000 words and signs"), "{}", said(&many));
        let place = "the template, line 20001, is not a template: there are more than 20000 operators";
        assert_eq!(said(&sums), place);
        assert!(said(&"x".repeat(2 << 20)).starts_with("the template is too long: 2097152 bytes"));
        let far = format!("{}{{{{ x. }}}}", "\n".repeat(100_000));
        assert!(said(&far).starts_with("the template is not a template: syntax error"), "{}", said(&far));
    }

    #[test]
    fn all_values_are_named_that_a_text_uses() {
        let names = |text: &str| Template::compile(text).unwrap().names().join(" ");
        assert_eq!(
            names("{{ a[1:b] }}{% for c, d in e %}{{ c + d + loop.index + f }}{% else %}{{ c }}{% endfor %}"),
            "a b c e f"
        );
        assert_eq!(names("{% for x in x if y %}{{ x }}{% endfor %}{{ range(n)|map('upper', z) }}"), "n x y z");
        assert_eq!(
            names("{% if p %}{{ q.r['s'] }}{% elif t is defined %}{% endif %}{{ {'k': v} }}{{ w(u) }}"),
            "p q t u v w"
        );
    }

    #[test]
    fn constants_are_not_multiplied_without_an_end() {
        for text in [
            "'x' * 99999999999",
            "'x' * 99999999",
            "([[0] * 9999999] * 9999999) ~ ''",
            "9999999 * (1, 2)",
            "(('x' * 64) * 64) * 64",
            &vec!["'x' * 9"; 30].join(" ~ "),
        ] {
            let said = Expr::compile(text).unwrap_err().to_string();
            assert!(said.contains("`*` repeats only texts"), "{said}");
        }
        for text in ["'x' * 80", "2 * 3 * 4.5", "'*********************'", "x * 99999999"] {
            assert!(Expr::compile(text).is_ok(), "{text}");
        }
    }
}
