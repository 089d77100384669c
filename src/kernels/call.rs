//! From the list of operations to one type for all of them.

/// Declares [`Call`](super::Call), [`Node`](super::Node) and [`cases`](super::cases()) for the operations of the list: those in
/// `graph` have a `Params` and a `Node` in their folder, those in `kernels` a `Params` only, and those in `nodes` a `Node` in a
/// module of the folder whose `Params` they lower to.
macro_rules! operations {
    (
        graph { $($node:ident($node_folder:ident),)+ }
        kernels { $($other:ident($other_folder:ident),)+ }
        nodes { $($sharing:ident($shared_folder:ident::$module:ident),)+ }
    ) => {
        $crate::kernels::call::calls! { $($node($node_folder),)+ $($other($other_folder),)+ }
        $crate::kernels::call::nodes! {
            $($node($node_folder::Node, $node_folder),)+
            $($sharing($shared_folder::$module::Node, $module),)+
        }
    };
}

macro_rules! nodes {
    ($($name:ident($node:ty, $op:ident),)+) => {
        /// One operation of an encoder's graph, as its JSON has it: `op` names it.
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[serde(tag = "op", rename_all = "snake_case")]
        pub enum Node {
            $($name($node),)+
        }

        impl<'de> serde::Deserialize<'de> for Node {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                let mut fields = Fields(serde::Deserialize::deserialize(deserializer)?);
                Node::read(&mut fields).map_err(D::Error::custom)
            }
        }

        impl Node {
            fn read(fields: &mut Fields) -> serde_json::Result<Self> {
                let op: String = fields.take("op", None)?;
                match op.as_str() {
                    $(stringify!($op) => <$node>::read(fields).map(Node::$name),)+
                    _ => Err(serde::de::Error::custom(format!("unknown operation `{op}`"))),
                }
            }

            fn operation(&self) -> &dyn Operation {
                match self {
                    $(Node::$name(node) => node,)+
                }
            }
        }

        impl Operation for Node {
            fn values(&self) -> Values<'_> {
                self.operation().values()
            }

            fn lower(&self, tensors: &dyn Tensors, input: Shape, other: Option<Shape>) -> crate::Result<(Call, Shape)> {
                self.operation().lower(tensors, input, other)
            }
        }

        $(
            impl From<$node> for Node {
                fn from(node: $node) -> Self {
                    Node::$name(node)
                }
            }
        )+
    };
}

macro_rules! calls {
    ($($name:ident($folder:ident),)+) => {
        /// One kernel with its parameters.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum Call {
            $($name($folder::Params),)+
        }

        $(
            impl From<$folder::Params> for Call {
                fn from(params: $folder::Params) -> Self {
                    Call::$name(params)
                }
            }
        )+

        /// Passes each method on to the operation; see [`Kernel`].
        impl Call {
            pub fn name(&self) -> &'static str {
                match self {
                    $(Call::$name(params) => params.name(),)+
                }
            }

            pub fn shader(&self, variants: Variants) -> Shader {
                match self {
                    $(Call::$name(params) => params.shader(variants),)+
                }
            }

            pub fn threads(&self, variants: Variants) -> u32 {
                match self {
                    $(Call::$name(params) => params.threads(variants),)+
                }
            }

            /// The parameters as the shader's uniform block.
            pub fn uniform(&self) -> &[u8] {
                match self {
                    $(Call::$name(params) => bytemuck::bytes_of(params),)+
                }
            }

            fn rows_mut(&mut self) -> Option<&mut u32> {
                match self {
                    $(Call::$name(params) => params.rows_mut(),)+
                }
            }

            pub fn twin(&self, bindings: Bindings, y: &mut [f32]) {
                match self {
                    $(Call::$name(params) => params.twin(bindings, y),)+
                }
            }

            pub fn cost(&self) -> Cost {
                match self {
                    $(Call::$name(params) => params.cost(),)+
                }
            }

            pub fn shape(&self) -> String {
                match self {
                    $(Call::$name(params) => params.shape(),)+
                }
            }

            /// A small problem for the very kernel that the call runs.
            pub fn like(&self) -> Case {
                let mut numbers = Numbers::default();
                match self {
                    $(Call::$name(params) => params.like(&mut numbers),)+
                }
            }

            pub fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
                match self {
                    $(Call::$name(params) => params.plain_words(),)+
                }
            }

            fn layer_bytes(&self) -> u64 {
                match self {
                    $(Call::$name(params) => params.layer_bytes(),)+
                }
            }

            /// Bytes of the weights as the CPU engine holds them, at most.
            pub fn weight_bytes(mut self) -> u64 {
                let plain = self.plain_words().iter().map(|(_, words)| 4 * *words as u64).sum::<u64>();
                plain.saturating_add(self.layer_bytes())
            }

            pub fn layer(&self, words: &[u32], form: Form) -> Option<Box<dyn Layer>> {
                match self {
                    $(Call::$name(params) => params.layer(words, form),)+
                }
            }

            pub fn codes(&self, set: InstructionSet) -> Codes {
                match self {
                    $(Call::$name(params) => params.codes(set),)+
                }
            }

            pub fn amplifies_errors(&self) -> bool {
                match self {
                    $(Call::$name(params) => params.amplifies_errors(),)+
                }
            }

            /// The rows (tokens) that the call works on; 1 for kernels over pixels.
            pub fn rows(mut self) -> u32 {
                self.rows_mut().map_or(1, |rows| *rows)
            }

            /// The same call over another number of rows (tokens); for kernels over pixels nothing changes.
            pub fn with_rows(mut self, rows: u32) -> Self {
                if let Some(slot) = self.rows_mut() {
                    *slot = rows;
                }
                self
            }
        }

        /// The problems of every kernel.
        pub fn cases() -> Vec<Case> {
            let mut numbers = Numbers::default();
            [$(<$folder::Params as Kernel>::cases(&mut numbers),)+].into_iter().flatten().collect()
        }
    };
}

pub(crate) use {calls, nodes, operations};
