//! A graph that grows node by node.

use spectnet_core::package::halves::halved;

use super::messages::{Attribute, Constant, Node, Type};
use crate::error::Result;
use crate::export::precision::Precision;

/// Name of a value: what a node returned, a constant, or an input.
pub type Value = String;

/// The nodes and constants of a graph.
pub struct Builder {
    nodes: Vec<Node>,
    constants: Vec<Constant>,
    precision: Precision,
}

impl Builder {
    /// A graph without nodes, whose [weights](Self::weights) are stored in this precision.
    pub fn new(precision: Precision) -> Self {
        Self { nodes: Vec::new(), constants: Vec::new(), precision }
    }

    /// Adds a node with one output, and returns the name of that.
    pub fn node(&mut self, kind: &str, inputs: &[&str], attributes: Vec<Attribute>) -> Value {
        let output = format!("{}.{}", self.nodes.len(), kind.to_lowercase());
        self.named(kind, inputs, &output, attributes);
        output
    }

    /// Adds a node whose output has this name.
    pub fn named(&mut self, kind: &str, inputs: &[&str], output: &str, attribute: Vec<Attribute>) {
        self.nodes.push(Node {
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.into()],
            name: output.into(),
            op_type: kind.into(),
            attribute,
        });
    }

    /// Constant floats of this shape; without sides it is one number.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, shape, Type::FLOATS, bytes)
    }

    /// One constant float.
    pub fn number(&mut self, name: &str, value: f32) -> Value {
        self.floats(name, &[], &[value])
    }

    /// A row of constant integers.
    pub fn integers(&mut self, name: &str, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, &[values.len()], Type::INTEGERS, bytes)
    }

    /// Weights of a layer. Those that are stored in 16 bits become floats of 32 bits before they are used.
    ///
    /// # Errors
    /// Those of [`halved`].
    pub fn weights(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<Value> {
        if self.precision == Precision::Single {
            return Ok(self.floats(name, shape, values));
        }
        let stored = self.constant(name, shape, Type::HALF_FLOATS, halved(name, values)?);
        Ok(self.node("Cast", &[&stored], vec![attribute("to", i64::from(Type::FLOATS))]))
    }

    /// The nodes in order, and the constants.
    pub fn finish(self) -> (Vec<Node>, Vec<Constant>) {
        (self.nodes, self.constants)
    }

    /// A constant; one that has this name already is the same one.
    fn constant(&mut self, name: &str, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> Value {
        if !self.constants.iter().any(|constant| constant.name == name) {
            let dims = shape.iter().map(|&side| side as i64).collect();
            self.constants.push(Constant { dims, data_type, name: name.into(), raw_data });
        }
        name.into()
    }
}

/// An attribute that is one whole number.
pub fn attribute(name: &str, value: i64) -> Attribute {
    Attribute { name: name.into(), i: Some(value), kind: Attribute::INT, ..Attribute::default() }
}

/// An attribute that is a row of whole numbers.
pub fn row(name: &str, values: &[usize]) -> Attribute {
    let ints = values.iter().map(|&value| value as i64).collect();
    Attribute { name: name.into(), ints, kind: Attribute::INTS, ..Attribute::default() }
}

/// An attribute that is a float.
pub fn float(name: &str, value: f64) -> Attribute {
    Attribute { name: name.into(), f: Some(value as f32), kind: Attribute::FLOAT, ..Attribute::default() }
}
