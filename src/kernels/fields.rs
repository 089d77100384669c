//! The fields of an operation's JSON, declared once for reading and writing.

use serde::de::{DeserializeOwned, Error};
use serde_json::{Map, Value};

/// Fields by name, of which a [`node`](super::node) takes its own. Derived code to read every node takes several times the space
/// in the browser's module.
pub struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// The field of that name, or what it is where there is none.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str, otherwise: Option<T>) -> serde_json::Result<T> {
        match (self.0.remove(name), otherwise) {
            (Some(value), _) => T::deserialize(value).map_err(|e| Error::custom(format!("{name}: {e}"))),
            (None, Some(otherwise)) => Ok(otherwise),
            (None, None) => Err(Error::custom(format!("missing field `{name}`"))),
        }
    }
}

/// Declares an operation's node. A field `name: Type = value` may be left out of the JSON, where it is `value`; what is written
/// says `serde`.
macro_rules! node {
    (
        $(#[$meta:meta])*
        pub struct Node { $($(#[$field_meta:meta])* pub $field:ident: $type:ty $(= $otherwise:expr)?,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        pub struct Node {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl Node {
            pub(in $crate::kernels) fn read(fields: &mut $crate::kernels::Fields) -> serde_json::Result<Self> {
                Ok(Node {
                    $($field: fields.take(stringify!($field), $crate::kernels::otherwise!($($otherwise)?))?,)+
                })
            }
        }
    };
}

/// The default of a field, if it has one.
macro_rules! otherwise {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

pub(crate) use {node, otherwise};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::kernels::Node;

    fn error(node: Value) -> String {
        serde_json::from_value::<Node>(node).unwrap_err().to_string()
    }

    #[test]
    fn what_is_read_is_written_again() {
        let window = json!({"size": 3, "stride": 2, "pad_before": 1, "pad_after": 0});
        for node in [
            json!({"op": "embed", "input": "a", "table": "t", "output": "b"}),
            json!({"op": "embed", "input": "a", "table": "t", "positions": "p", "output": "b"}),
            json!({"op": "layer_norm", "input": "a", "weight": "w", "epsilon": 0.5, "output": "b"}),
            json!({"op": "rms_norm", "input": "a", "weight": "w", "epsilon": 0.5, "output": "b"}),
            json!({"op": "linear", "input": "a", "weight": "w", "activation": "quick_gelu", "residual": null, "output": "b"}),
            json!({"op": "attention", "input": "a", "heads": 2, "output": "b"}),
            json!({"op": "attention", "input": "a", "heads": 2, "causal": true, "output": "b"}),
            json!({"op": "attention_pool", "input": "a", "query": "q", "heads": 2, "output": "b"}),
            json!({"op": "conv", "input": "a", "weight": "w", "window": window, "activation": "relu", "output": "b"}),
            json!({"op": "conv_transpose", "input": "a", "weight": "w", "window": window, "activation": "relu", "output": "b"}),
            json!({"op": "depthwise", "input": "a", "weight": "w", "window": window, "activation": "relu6", "output": "b"}),
            json!({"op": "hard_swish", "input": "a", "output": "b"}),
            json!({"op": "activation", "input": "a", "activation": "tanh", "output": "b"}),
            json!({"op": "affine", "input": "a", "weight": "w", "activation": "none", "output": "b"}),
            json!({"op": "affine", "input": "a", "weight": "w", "bias": false, "activation": "none", "output": "b"}),
            json!({"op": "add", "input": "a", "residual": "r", "activation": "relu", "output": "b"}),
            json!({"op": "multiply", "input": "a", "other": "r", "activation": "none", "output": "b"}),
            json!({"op": "max_pool", "input": "a", "window": window, "output": "b"}),
            json!({"op": "average_pool", "input": "a", "window": window, "count_padding": true, "output": "b"}),
            json!({"op": "adaptive_pool", "input": "a", "height": 7, "width": 7, "output": "b"}),
            json!({"op": "mean_pool", "input": "a", "output": "b"}),
            json!({"op": "concat", "input": "a", "other": "r", "output": "b"}),
            json!({"op": "upsample", "input": "a", "factor": 2, "output": "b"}),
            json!({"op": "take_row", "input": "a", "row": "first", "output": "b"}),
            json!({"op": "prepend", "input": "a", "weight": "w", "class": true, "output": "b"}),
            json!({"op": "l2_normalize", "input": "a", "output": "b"}),
        ] {
            let read: Node = serde_json::from_value(node.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), node);
        }
    }

    #[test]
    fn fields_that_may_be_left_out_have_their_default() {
        let residual = json!({"op": "linear", "input": "a", "weight": "w", "activation": "none", "output": "b"});
        assert!(matches!(serde_json::from_value(residual).unwrap(), Node::Linear(linear) if linear.residual.is_none()));
        let affine = json!({"op": "affine", "input": "a", "weight": "w", "activation": "none", "output": "b"});
        assert!(matches!(serde_json::from_value(affine).unwrap(), Node::Affine(affine) if affine.bias));
    }

    #[test]
    fn an_error_names_the_field_or_the_operation() {
        assert_eq!(error(json!({"op": "concat", "input": "a", "output": "b"})), "missing field `other`");
        assert_eq!(error(json!({"input": "a", "output": "b"})), "missing field `op`");
        assert_eq!(error(json!({"op": "fold", "input": "a", "output": "b"})), "unknown operation `fold`");
        let activation = error(json!({"op": "activation", "input": "a", "activation": "step", "output": "b"}));
        assert!(activation.starts_with("activation: unknown variant `step`, expected one of `none`"), "{activation}");
        let factor = error(json!({"op": "upsample", "input": "a", "factor": -1, "output": "b"}));
        assert!(factor.starts_with("factor: invalid value"), "{factor}");
    }
}
