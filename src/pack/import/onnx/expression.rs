//! What elementwise operators and sums over channels make of one value, as an expression.
//!
//! Exporters write GELU, hard-swish, layer norm and the like as chains of small operators, each in its own way. An expression
//! collects such a chain; what it is, is told by its values at sampled inputs and not by how it is written.

use std::collections::HashMap;
use std::rc::Rc;

/// Of the value `x`, a row of channels at a time.
#[derive(Debug, PartialEq)]
pub struct Expression {
    pub kind: Kind,
    /// Number of operations as they are written out.
    pub size: usize,
    /// Whether it sums over channels anywhere.
    pub has_sums: bool,
}

#[derive(Debug, PartialEq)]
pub enum Kind {
    X,
    Constant(f32),
    Unary(Unary, Rc<Expression>),
    Binary(Binary, Rc<Expression>, Rc<Expression>),
    /// Over the channels of a row.
    Reduce(Reduce, Rc<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Abs,
    Erf,
    Exp,
    Log,
    Neg,
    Reciprocal,
    Sigmoid,
    Softplus,
    Sqrt,
    Tanh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduce {
    Sum,
    Mean,
}

/// Most operations of an expression that is worth looking at; a decomposed layer norm has about 20.
pub const MAX_SIZE: usize = 256;

impl Unary {
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Unary::Abs => x.abs(),
            Unary::Erf => libm::erf(x),
            Unary::Exp => x.exp(),
            Unary::Log => x.ln(),
            Unary::Neg => -x,
            Unary::Reciprocal => 1.0 / x,
            Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Unary::Softplus => x.exp().ln_1p(),
            Unary::Sqrt => x.sqrt(),
            Unary::Tanh => x.tanh(),
        }
    }
}

impl Binary {
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Pow => a.powf(b),
            Binary::Min => a.min(b),
            Binary::Max => a.max(b),
        }
    }
}

impl Expression {
    pub fn new(kind: Kind) -> Rc<Self> {
        let (size, has_sums) = match &kind {
            Kind::X | Kind::Constant(_) => (1, false),
            Kind::Unary(_, a) => (1 + a.size, a.has_sums),
            Kind::Binary(_, a, b) => (1usize.saturating_add(a.size).saturating_add(b.size), a.has_sums || b.has_sums),
            Kind::Reduce(_, a) => (1 + a.size, true),
        };
        Rc::new(Expression { kind, size, has_sums })
    }

    pub fn x() -> Rc<Self> {
        Self::new(Kind::X)
    }

    pub fn is_x(&self) -> bool {
        self.kind == Kind::X
    }

    pub fn constant(value: f32) -> Rc<Self> {
        Self::new(Kind::Constant(value))
    }

    pub fn unary(f: Unary, a: &Rc<Self>) -> Rc<Self> {
        Self::new(Kind::Unary(f, a.clone()))
    }

    pub fn binary(f: Binary, a: &Rc<Self>, b: &Rc<Self>) -> Rc<Self> {
        Self::new(Kind::Binary(f, a.clone(), b.clone()))
    }

    pub fn reduce(f: Reduce, a: &Rc<Self>) -> Rc<Self> {
        Self::new(Kind::Reduce(f, a.clone()))
    }

    /// The value over a row of channels: one for each channel, or one for the row.
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        self.evaluate(x, &mut HashMap::new()).to_vec()
    }

    /// The value at one number, of an expression without sums.
    pub fn at(&self, x: f64) -> f64 {
        self.values(&[x]).first().copied().unwrap_or(f64::NAN)
    }

    fn evaluate(&self, x: &[f64], known: &mut HashMap<*const Expression, Rc<[f64]>>) -> Rc<[f64]> {
        if let Some(values) = known.get(&std::ptr::from_ref(self)) {
            return values.clone();
        }
        let values: Rc<[f64]> = match &self.kind {
            Kind::X => x.into(),
            Kind::Constant(c) => [f64::from(*c)].into(),
            Kind::Unary(f, a) => a.evaluate(x, known).iter().map(|a| f.apply(*a)).collect(),
            Kind::Binary(f, a, b) => {
                let (a, b) = (a.evaluate(x, known), b.evaluate(x, known));
                let at = |v: &[f64], i: usize| v[if v.len() == 1 { 0 } else { i }];
                (0..a.len().max(b.len())).map(|i| f.apply(at(&a, i), at(&b, i))).collect()
            }
            Kind::Reduce(f, a) => {
                let a = a.evaluate(x, known);
                // What is the same for all channels counts once for each.
                let sum = a.iter().sum::<f64>() * (x.len() / a.len().max(1)) as f64;
                [if *f == Reduce::Mean { sum / x.len() as f64 } else { sum }].into()
            }
        };
        known.insert(self, values.clone());
        values
    }

    /// Its constants.
    pub fn constants(&self, found: &mut Vec<f32>) {
        match &self.kind {
            Kind::X => {}
            Kind::Constant(c) => found.push(*c),
            Kind::Unary(_, a) | Kind::Reduce(_, a) => a.constants(found),
            Kind::Binary(_, a, b) => {
                a.constants(found);
                b.constants(found);
            }
        }
    }

    /// The operations in it, for messages.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::X => "x".into(),
            Kind::Constant(c) => c.to_string(),
            Kind::Unary(f, a) => format!("{f:?}({})", a.describe()),
            Kind::Binary(f, a, b) => format!("{f:?}({}, {})", a.describe(), b.describe()),
            Kind::Reduce(f, a) => format!("{f:?}OverChannels({})", a.describe()),
        }
    }
}
