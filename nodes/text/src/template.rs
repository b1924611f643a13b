//! Fills in a text.

use windlass_core::expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;
use windlass_core::types::Type;

/// The text.
#[derive(Params)]
pub struct Settings {
    /// The text with placeholders, each of which becomes a port: `Dear {{ row.name }},`. Conditions
    /// (`{% if .. %} .. {% endif %}`), loops (`{% for .. in .. %} .. {% endfor %}`) and filters (`{{ name|upper }}`)
    /// are listed in `docs/format.md`.
    #[param(static, default = "")]
    template: String,
}

/// `text.template`
pub struct Template(expr::Template);

impl Node for Template {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        let row = windlass_core::json!({ "name": "Ada" });
        About::new(
            "text.template",
            "Template",
            "Fills in a text: its placeholders are the ports. A row or any JSON is taken apart with dots; of a file \
             `name`, `stem`, `ext`, `parent` and `media_type` can be used, of a picture `width` and `height`. A \
             placeholder without a value fails the item.",
        )
        .search(&["mail merge", "format", "concatenate", "prompt", "jinja"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("template", "Dear {{ row.name }},").input("row", Value::from_constant(&row)))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        compile(statics).map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        for name in compile(statics)?.names() {
            if spec.param(name).is_some() {
                return Err(NodeError::new(format!("a placeholder cannot have the name of the parameter `{name}`")));
            }
            let doc = format!("What stands for `{name}` in the text.");
            spec.inputs.push(PortSpec { constant: true, ..PortSpec::new(name, Type::Any, doc) });
        }
        spec.outputs.push(PortSpec::new("text", Type::text(), "The text with everything filled in."));
        Ok(())
    }

    async fn fire(&self, _: Settings, inputs: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        let mut out = Emission::default();
        out.value("text", Value::text(self.0.render(&inputs)?));
        Ok(out)
    }
}

fn compile(statics: &Statics) -> Result<expr::Template, NodeError> {
    let text = statics.get("template").map(|_| statics.text("template")).transpose()?.unwrap_or_default();
    expr::Template::compile(text).map_err(|error| error.within("parameter `template`"))
}

const EXAMPLE: &str = r#"
customers:
  kind: files.open
  params: { path: samples/customers.csv }
each:
  kind: table.read
  inputs: { file: customers.file }
letter:
  kind: text.template
  params: { template: "Dear {{ customer.name }}," }
  inputs: { customer: each.row }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn bench(template: &str) -> Harness {
        Harness::of::<Template>().param("template", template)
    }

    #[test]
    fn placeholders_are_ports() {
        let bench = bench("{{ row.name }} of {{ town }}\n");
        let names: Vec<_> = bench.spec().unwrap().inputs.into_iter().map(|port| port.name).collect();
        assert_eq!(names, ["row", "town"]);
        let row = Value::from_constant(&json!({ "name": "Ada" }));
        let gave = bench.clone().input("row", row).param("town", "London").fire().unwrap();
        assert_eq!(gave.get::<String>("text"), Ok("Ada of London\n".into()));
        assert_eq!(bench.fire().map(|_| ()).unwrap_err().to_string(), "input `row` is not wired");
    }

    #[test]
    fn what_lacks_a_value_fails_and_names_its_line() {
        let row = Value::from_constant(&json!({ "name": "Ada" }));
        let error = bench("a\n{{ row.age }}").input("row", row).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("the template, line 2, cannot be filled in"), "{error}");
    }

    #[test]
    fn a_wrong_template_is_refused_before_anything_runs() {
        let cause = |text: &str| bench(text).open().unwrap_err().to_string();
        assert!(cause("{{ a").starts_with("parameter `template`: the template, line 1, is not a template"));
        assert!(cause("{{ template }}").contains("cannot have the name of the parameter"));
        assert!(cause("{% include 'secret' %}").starts_with("parameter `template`"), "{}", cause("{% include 'x' %}"));
    }
}
