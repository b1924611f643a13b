//! A type of the pack's own, with its codec, and nodes that give and take it.

use std::any::Any;

use windlass_core::node::Emission;
use windlass_core::prelude::*;
use windlass_core::spec::PortSpec;
use windlass_core::types::Type;
use windlass_core::value::{Codec, CodecError, Custom};

/// A value that core knows nothing about.
#[derive(Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: i64,
    /// Upward.
    pub y: i64,
}

impl Custom for Point {
    fn type_name(&self) -> &str {
        "Point"
    }

    fn size_bytes(&self) -> u64 {
        16
    }

    fn as_any(&self) -> &(dyn Any + Send + Sync) {
        self
    }
}

/// Writes a point as two numbers in little endian.
pub struct PointCodec;

impl PointCodec {
    fn wrong(cause: &str) -> CodecError {
        CodecError { type_name: "Point".into(), cause: cause.into() }
    }
}

impl Codec for PointCodec {
    fn type_name(&self) -> &str {
        "Point"
    }

    fn encode(&self, value: &Value) -> Result<Vec<u8>, CodecError> {
        let Value::Custom(custom) = value else { return Err(Self::wrong("it is another value")) };
        let point = custom.as_any().downcast_ref::<Point>().ok_or_else(|| Self::wrong("it is another type"))?;
        Ok([point.x.to_le_bytes(), point.y.to_le_bytes()].concat())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Value, CodecError> {
        let number = |at: usize| {
            let part = bytes.get(at..at + 8).and_then(|part| part.try_into().ok());
            part.map(i64::from_le_bytes).ok_or_else(|| Self::wrong("bytes are missing"))
        };
        Ok(Value::Custom(Arc::new(Point { x: number(0)?, y: number(8)? })))
    }
}

/// Makes a point of a number.
pub struct MakePoint;

impl Node for MakePoint {
    type Params = ();
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new("demo.point", "Point", "Makes a point of a number.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn shape(spec: &mut Spec, _: &Statics) -> Result<(), NodeError> {
        spec.inputs = vec![PortSpec::new("value", Type::int(), "A number.")];
        spec.outputs = vec![PortSpec::new("point", Type::named("Point"), "The point.")];
        Ok(())
    }

    async fn fire(&self, (): (), mut inputs: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        let Some(Value::Int(number)) = inputs.take("value") else { return Err(NodeError::new("no number came")) };
        let mut emission = Emission::default();
        emission.value("point", Value::Custom(Arc::new(Point { x: number, y: 1 })));
        Ok(emission)
    }
}

/// Adds the points of a group up.
pub struct SumPoints;

impl Node for SumPoints {
    type Params = ();
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new("demo.sum", "Sum", "Adds the points of a group up.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn shape(spec: &mut Spec, _: &Statics) -> Result<(), NodeError> {
        let points = PortSpec::new("points", Type::list(Type::named("Point")), "The points.");
        spec.inputs = vec![PortSpec { collect: true, ..points }];
        spec.outputs = ["x", "y"].map(|name| PortSpec::new(name, Type::int(), "A sum.")).into();
        Ok(())
    }

    async fn fire(&self, (): (), mut inputs: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        let Some(Value::List(list)) = inputs.take("points") else { return Err(NodeError::new("no list came")) };
        let (mut x, mut y) = (0, 0);
        for member in list.members() {
            let Value::Custom(custom) = member.read()? else { return Err(NodeError::new("no point came")) };
            let point = custom.as_any().downcast_ref::<Point>().ok_or_else(|| NodeError::new("another type came"))?;
            (x, y) = (x + point.x, y + point.y);
        }
        let mut emission = Emission::default();
        emission.value("x", Value::Int(x));
        emission.value("y", Value::Int(y));
        Ok(emission)
    }
}
