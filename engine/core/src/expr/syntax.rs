//! What a text of the language may say, seen before anything of it is computed.

use minijinja::Value as Jinja;
use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt};
use minijinja::machinery::{self, Token};
use minijinja::value::ValueKind;

use super::language;
use crate::node::NodeError;

/// The most operators of one expression: as deep as it may be nested, because they are read one inside of the other.
const MAX_OPERATORS: usize = 1_000;
/// The most conditions that stand beside each other with `elif`, for the same reason.
const MAX_ELIFS: usize = 1_000;
/// The longest text that a text and a number written beside it come to, in bytes.
const MAX_REPEATED_BYTES: usize = 4 << 10;
/// The most texts that are written so.
const MAX_REPEATED: usize = 20;

/// Refuses a text that is nested so deep that to read it would take all of the stack.
pub(super) fn check_depth(text: &str, is_expression: bool) -> Result<(), NodeError> {
    let (mut operators, mut elifs) = (0, 0);
    for token in machinery::tokenize(text, is_expression, language::syntax()) {
        // Whoever reads the text says what is wrong with it.
        let Ok((token, _)) = token else { return Ok(()) };
        match token {
            Token::VariableStart | Token::BlockStart => operators = 0,
            Token::Ident("elif") => elifs += 1,
            Token::Ident("and" | "or" | "not" | "in" | "is" | "if" | "else") => operators += 1,
            Token::Ident(_) | Token::Str(_) | Token::String(_) | Token::TemplateData(_) => {}
            Token::Int(_) | Token::Int128(_) | Token::Float(_) | Token::Comma | Token::Colon | Token::Assign => {}
            Token::VariableEnd | Token::BlockEnd => {}
            Token::BracketClose | Token::ParenClose | Token::BraceClose => {}
            _ => operators += 1,
        }
        if operators > MAX_OPERATORS || elifs > MAX_ELIFS {
            let said = format!("it has more than {MAX_OPERATORS} operators in one expression, or as many `elif`");
            return Err(NodeError::new(said).hint("compute parts of it in nodes of their own"));
        }
    }
    Ok(())
}

/// What of a text was seen so far.
#[derive(Default)]
pub(super) struct Walk {
    /// The line that is looked at.
    pub line: u16,
    repeated: usize,
}

impl Walk {
    /// Refuses statements that assign or capture, and loops that call themselves: what those make is counted nowhere.
    pub(super) fn statements(&mut self, statements: &[Stmt<'_>]) -> Result<(), NodeError> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'_>) -> Result<(), NodeError> {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::IfCond(cond) => {
                self.expression(&cond.expr)?;
                self.statements(&cond.true_body)?;
                self.statements(&cond.false_body)
            }
            Stmt::ForLoop(each) => {
                self.line = each.span().start_line;
                if each.recursive {
                    return Err(not_allowed("a loop that is `recursive`"));
                }
                self.expressions([&each.iter].into_iter().chain(&each.filter_expr))?;
                self.statements(&each.body)?;
                self.statements(&each.else_body)
            }
            Stmt::WithBlock(other) => self.no_statement("with", other.span().start_line),
            Stmt::Set(other) => self.no_statement("set", other.span().start_line),
            Stmt::SetBlock(other) => self.no_statement("set", other.span().start_line),
            Stmt::AutoEscape(other) => self.no_statement("autoescape", other.span().start_line),
            Stmt::FilterBlock(other) => self.no_statement("filter", other.span().start_line),
            Stmt::Do(other) => self.no_statement("do", other.span().start_line),
        }
    }

    fn no_statement(&mut self, name: &str, line: u16) -> Result<(), NodeError> {
        self.line = line;
        Err(not_allowed(&format!("`{{% {name} %}}`")))
    }

    fn expressions<'a, 'b: 'a>(
        &mut self,
        expressions: impl IntoIterator<Item = &'a Expr<'b>>,
    ) -> Result<(), NodeError> {
        expressions.into_iter().try_for_each(|expression| self.expression(expression))
    }

    /// Refuses what would be made while the expression is read, and arguments without a number.
    pub(super) fn expression(&mut self, expression: &Expr<'_>) -> Result<(), NodeError> {
        self.line = expression.span().start_line;
        match expression {
            Expr::Var(_) | Expr::Const(_) => Ok(()),
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

    fn arguments(&mut self, arguments: &[CallArg<'_>]) -> Result<(), NodeError> {
        arguments.iter().try_for_each(|argument| match argument {
            CallArg::Pos(expression) | CallArg::Kwarg(_, expression) => self.expression(expression),
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => Err(not_allowed("an argument with a star")),
        })
    }

    /// Constants are multiplied as soon as they are read.
    fn repeat(&mut self, left: &Expr<'_>, right: &Expr<'_>) -> Result<(), NodeError> {
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
                Err(NodeError::new(said))
            }
        }
    }
}

fn not_allowed(what: &str) -> NodeError {
    NodeError::new(format!("{what} is not allowed here")).hint("a template may use `if`, `for` and `raw`")
}

#[cfg(test)]
mod tests {
    use super::super::{Expr, Template};

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
            assert!(said.contains("more than 1000 operators"), "{said}");
        }
        let elifs = format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}a".repeat(many));
        assert!(Template::compile(&elifs).unwrap_err().to_string().contains("more than 1000 operators"));
        let wide = format!("x in [{}]", vec!["'a'"; 5_000].join(","));
        assert!(Expr::compile(&wide).is_ok());
        let long = "{{ a + b }}".repeat(5_000);
        assert!(Template::compile(&long).is_ok());
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
