//! The messages of an ONNX file that the importer reads, with the field numbers of `onnx.proto` (ONNX 1.x, IR versions 3 to 13).
//! Fields that are left out here are skipped by the decoder.

use prost::bytes::{Buf, BufMut, Bytes};
use prost::encoding::{self, DecodeContext, WireType, skip_field};
use prost::{DecodeError, Message};

/// Declares messages: `NUMBER NAME: LABEL(KIND) TYPE`, where the label is `one`, `optional` or `repeated` and the kind a module of
/// [`prost::encoding`]. The derive of prost does the same and brings four more crates to compile.
macro_rules! messages {
    ($($(#[$meta:meta])* pub struct $message:ident {
        $($(#[$field_meta:meta])* $tag:literal $field:ident: $label:ident($kind:ident) $type:ty,)+
    })+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Default)]
            pub struct $message {
                $($(#[$field_meta])* pub $field: messages!(@type $label $type),)+
            }

            impl Message for $message {
                fn encode_raw(&self, buffer: &mut impl BufMut) {
                    $(messages!(@encode $label $kind $tag, self.$field, buffer);)+
                }

                fn merge_field(
                    &mut self,
                    tag: u32,
                    wire_type: WireType,
                    buffer: &mut impl Buf,
                    context: DecodeContext,
                ) -> Result<(), DecodeError> {
                    match tag {
                        $($tag => messages!(@merge $label $kind, self.$field, wire_type, buffer, context),)+
                        _ => skip_field(wire_type, tag, buffer, context),
                    }
                }

                fn encoded_len(&self) -> usize {
                    0 $(+ messages!(@length $label $kind $tag, self.$field))+
                }

                fn clear(&mut self) {
                    *self = Self::default();
                }
            }
        )+
    };
    (@type one $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@type repeated $type:ty) => { Vec<$type> };
    (@encode one $kind:ident $tag:literal, $field:expr, $buffer:ident) => {
        encoding::$kind::encode($tag, &$field, $buffer)
    };
    (@encode optional $kind:ident $tag:literal, $field:expr, $buffer:ident) => {
        if let Some(value) = &$field {
            encoding::$kind::encode($tag, value, $buffer);
        }
    };
    (@encode repeated $kind:ident $tag:literal, $field:expr, $buffer:ident) => {
        encoding::$kind::encode_repeated($tag, &$field, $buffer)
    };
    (@merge one $kind:ident, $field:expr, $wire:ident, $buffer:ident, $context:ident) => {
        encoding::$kind::merge($wire, &mut $field, $buffer, $context)
    };
    (@merge optional $kind:ident, $field:expr, $wire:ident, $buffer:ident, $context:ident) => {
        encoding::$kind::merge($wire, $field.get_or_insert_with(Default::default), $buffer, $context)
    };
    (@merge repeated $kind:ident, $field:expr, $wire:ident, $buffer:ident, $context:ident) => {
        encoding::$kind::merge_repeated($wire, &mut $field, $buffer, $context)
    };
    (@length one $kind:ident $tag:literal, $field:expr) => { encoding::$kind::encoded_len($tag, &$field) };
    (@length optional $kind:ident $tag:literal, $field:expr) => {
        $field.as_ref().map_or(0, |value| encoding::$kind::encoded_len($tag, value))
    };
    (@length repeated $kind:ident $tag:literal, $field:expr) => {
        encoding::$kind::encoded_len_repeated($tag, &$field)
    };
}

messages! {
    pub struct Model {
        1 ir_version: one(int64) i64,
        7 graph: optional(message) Graph,
    }

    pub struct Graph {
        1 node: repeated(message) Node,
        2 name: one(string) String,
        5 initializer: repeated(message) Tensor,
        11 input: repeated(message) ValueInfo,
        12 output: repeated(message) ValueInfo,
    }

    pub struct Node {
        1 input: repeated(string) String,
        2 output: repeated(string) String,
        3 name: one(string) String,
        4 op_type: one(string) String,
        5 attribute: repeated(message) Attribute,
        7 domain: one(string) String,
    }

    pub struct Attribute {
        1 name: one(string) String,
        2 f: one(float) f32,
        3 i: one(int64) i64,
        4 s: one(bytes) Bytes,
        5 t: optional(message) Tensor,
        7 floats: repeated(float) f32,
        8 ints: repeated(int64) i64,
    }

    pub struct Tensor {
        1 dims: repeated(int64) i64,
        /// See [`element`].
        2 data_type: one(int32) i32,
        4 float_data: repeated(float) f32,
        5 int32_data: repeated(int32) i32,
        7 int64_data: repeated(int64) i64,
        8 name: one(string) String,
        9 raw_data: one(bytes) Bytes,
        10 double_data: repeated(double) f64,
        11 uint64_data: repeated(uint64) u64,
        13 external_data: repeated(message) Entry,
        /// 1: the data are in another file.
        14 data_location: one(int32) i32,
    }

    pub struct Entry {
        1 key: one(string) String,
        2 value: one(string) String,
    }

    pub struct ValueInfo {
        1 name: one(string) String,
        2 r#type: optional(message) Type,
    }

    pub struct Type {
        1 tensor_type: optional(message) TensorType,
    }

    pub struct TensorType {
        1 elem_type: one(int32) i32,
        2 shape: optional(message) Shape,
    }

    pub struct Shape {
        1 dim: repeated(message) Dimension,
    }

    pub struct Dimension {
        /// Absent or 0 where the size is a name.
        1 dim_value: optional(int64) i64,
    }
}

/// `TensorProto.DataType`.
pub mod element {
    pub const FLOAT: i32 = 1;
    pub const UINT8: i32 = 2;
    pub const INT8: i32 = 3;
    pub const UINT16: i32 = 4;
    pub const INT16: i32 = 5;
    pub const INT32: i32 = 6;
    pub const INT64: i32 = 7;
    pub const BOOL: i32 = 9;
    pub const FLOAT16: i32 = 10;
    pub const DOUBLE: i32 = 11;
    pub const UINT32: i32 = 12;
    pub const UINT64: i32 = 13;
    pub const BFLOAT16: i32 = 16;
}

impl Node {
    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attribute.iter().find(|a| a.name == name)
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |a| a.i)
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |a| a.f)
    }

    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|a| a.ints.as_slice())
    }

    pub fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attribute(name).map(|a| a.floats.as_slice())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.attribute(name).and_then(|a| std::str::from_utf8(&a.s).ok())
    }

    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.attribute(name).and_then(|a| a.t.as_ref())
    }

    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// The operator, with its domain where that is not ONNX's own.
    pub fn operator(&self) -> String {
        match self.domain.as_str() {
            "" | "ai.onnx" => self.op_type.clone(),
            domain => format!("{domain}.{}", self.op_type),
        }
    }

    /// Its name, or that of its output.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { self.output.first().map_or("", String::as_str) } else { &self.name }
    }
}
