//! Named fields with their docs and attributes.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, Lit, Meta, Result, Type};

/// A field of a derived struct.
pub struct Field {
    /// The field's name.
    pub ident: Ident,
    /// The field's type.
    pub ty: Type,
    /// Its doc comment, lines joined.
    pub doc: String,
    /// What its attribute says.
    pub options: Options,
}

/// What `#[param(..)]` or `#[port(..)]` says.
#[derive(Default)]
pub struct Options {
    flags: Vec<String>,
    values: Vec<(String, Expr)>,
}

impl Options {
    /// Returns whether a word stands in the attribute.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }

    /// Returns the expression of `name = ..`.
    pub fn value(&self, name: &str) -> Option<&Expr> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// Returns the named fields of a struct; `known` are the words that the attribute `name` may use.
pub fn named(input: &DeriveInput, name: &str, known: &[&str]) -> Result<Vec<Field>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(Span::call_site(), "only a struct with named fields can be derived"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(Span::call_site(), "only named fields can be derived"));
    };
    let field = |field: &syn::Field| {
        let ident = field.ident.clone().ok_or_else(|| Error::new(Span::call_site(), "a field has no name"))?;
        let doc = doc(&field.attrs);
        if doc.is_empty() {
            return Err(Error::new(ident.span(), "a port or parameter needs a doc comment: it becomes its help"));
        }
        Ok(Field { ident, ty: field.ty.clone(), doc, options: options(&field.attrs, name, known)? })
    };
    fields.named.iter().map(field).collect()
}

/// Returns the doc comment of an item, lines joined.
pub fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Returns whether an attribute without content stands at the field.
pub fn marked(input: &DeriveInput, field: &Ident, name: &str) -> bool {
    let Data::Struct(data) = &input.data else { return false };
    let mut fields = data.fields.iter().filter(|known| known.ident.as_ref() == Some(field));
    fields.any(|known| known.attrs.iter().any(|attr| attr.path().is_ident(name)))
}

fn options(attrs: &[Attribute], name: &str, known: &[&str]) -> Result<Options> {
    let mut options = Options::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        attr.parse_nested_meta(|meta| {
            let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let word = word.trim_start_matches("r#").to_owned();
            if !known.contains(&word.as_str()) {
                return Err(meta.error(format!("unknown word; known: {}", known.join(", "))));
            }
            if meta.input.peek(syn::Token![=]) {
                options.values.push((word, meta.value()?.parse()?));
            } else {
                options.flags.push(word);
            }
            Ok(())
        })?;
    }
    Ok(options)
}

/// Returns the name of a field as graphs write it.
pub fn wire_name(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// Returns the expression for the type of a port: `ty = ".."`, else what the Rust type says, with the variable
/// of `same = ".."` in place of `any`. A variadic port has the type of one reference, so its list is taken off.
pub fn port_type(field: &Field) -> TokenStream {
    let ty = &field.ty;
    if let Some(text) = field.options.value("ty") {
        return parsed_type(text);
    }
    let rust = quote!(<#ty as ::windlass_core::value::HasType>::ty());
    let one = if field.options.has("variadic") {
        quote!(#rust.member_type().cloned().unwrap_or(::windlass_core::types::Type::Any))
    } else {
        rust
    };
    match field.options.value("same") {
        Some(name) => quote!(#one.with_any_as(&::windlass_core::types::Type::var(#name))),
        None => one,
    }
}

/// Returns the expression that reads a type from its text.
pub fn parsed_type(text: &Expr) -> TokenStream {
    quote!(#text.parse::<::windlass_core::types::Type>().unwrap_or(::windlass_core::types::Type::Any))
}
