//! From the list of operations to one type for all of them.

/// Declares [`Call`](super::Call), [`Node`](super::Node) and [`cases`](super::cases()) for the operations of the list: those
/// in `graph` have a `Params` and a `Node` in their folder, those in `search` a `Params` only.
macro_rules! operations {
    (graph { $($node:ident($node_folder:ident),)+ } search { $($other:ident($other_folder:ident),)+ }) => {
        $crate::kernels::call::calls! { $($node($node_folder),)+ $($other($other_folder),)+ }

        /// One operation of an encoder's graph, as its JSON has it: `op` names it.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "op", rename_all = "snake_case")]
        pub enum Node {
            $($node($node_folder::Node),)+
        }

        impl Operation for Node {
            fn values(&self) -> Values<'_> {
                match self {
                    $(Node::$node(node) => node.values(),)+
                }
            }

            fn lower(&self, tensors: &dyn Tensors, input: Shape) -> crate::Result<(Call, Shape)> {
                match self {
                    $(Node::$node(node) => node.lower(tensors, input),)+
                }
            }
        }

        $(
            impl From<$node_folder::Node> for Node {
                fn from(node: $node_folder::Node) -> Self {
                    Node::$node(node)
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

pub(crate) use {calls, operations};
