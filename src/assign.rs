//! `name=value` and `node.param=value` as typed; what the values mean is for the planner, who knows the types.

use std::str::FromStr;

/// `--in name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The graph input.
    pub name: String,
    /// The value as typed.
    pub value: String,
}

/// `--set node.param=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The node and its parameter, `outer/inner.param` inside subgraphs.
    pub target: String,
    /// The value as typed.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.into(), value: value.into() }),
            _ => Err("write it like `name=value`".into()),
        }
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || "write it like `node.param=value`".to_owned();
        let (target, value) = text.split_once('=').ok_or_else(error)?;
        match target.rsplit_once('.') {
            Some((node, param)) if !node.is_empty() && !param.is_empty() => {
                Ok(Self { target: target.into(), value: value.into() })
            }
            _ => Err(error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_split_at_the_first_sign() {
        let split: Assignment = "query=a=b".parse().unwrap();
        assert_eq!((split.name.as_str(), split.value.as_str()), ("query", "a=b"));
        let set: Setting = "outer/thumb.width=3.5".parse().unwrap();
        assert_eq!((set.target.as_str(), set.value.as_str()), ("outer/thumb.width", "3.5"));
    }

    #[test]
    fn half_an_assignment_is_refused() {
        for wrong in ["", "=1", "thumb=1", ".a=1", "thumb.=1", "thumb.width"] {
            assert!(wrong.parse::<Setting>().is_err(), "{wrong}");
        }
        assert!("=1".parse::<Assignment>().is_err());
    }
}
