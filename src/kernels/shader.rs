//! Puts the source of a GPU kernel together: a generated prologue of constants, parameters and bindings, then the shared
//! functions and the kernel's own files with their [directives](super::directives) carried out.

use std::fmt::Write;

use super::activation;
use super::directives::{self, SourceFile};
use super::{WORKGROUP, wgsl};
use crate::Result;

const PRELUDE: SourceFile = wgsl!("prelude.wgsl");

/// The buffers of a kernel as its source declares them, `name: type`; `None` for those that it does not read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buffers {
    /// The pack's words.
    pub weights: Option<&'static str>,
    /// First input.
    pub a: &'static str,
    /// Second input.
    pub b: Option<&'static str>,
    /// Output.
    pub y: &'static str,
}

/// A kernel's source with the constants it is specialised for.
#[derive(Debug, Clone, PartialEq)]
pub struct Shader {
    pub name: &'static str,
    /// The parameters in WGSL, from [`parameters`](super::parameters); they are the uniform `params`.
    pub parameters: &'static str,
    pub buffers: Buffers,
    pub constants: Vec<(&'static str, u32)>,
    pub files: &'static [SourceFile],
}

impl Shader {
    /// What tells one specialisation from another, as the label of its pipeline.
    pub fn label(&self) -> String {
        let mut label = self.name.to_string();
        for (name, value) in &self.constants {
            // Writing to a string cannot fail.
            let _ = write!(label, " {name}={value}");
        }
        label
    }

    /// The source.
    ///
    /// # Errors
    /// A GPU error that names file and line of a directive or a constant that there is not.
    pub fn wgsl(&self) -> Result<String> {
        let constants: Vec<(&str, u32)> = [("WORKGROUP", WORKGROUP)].iter().chain(&self.constants).copied().collect();
        let mut source = String::new();
        for (name, value) in &constants {
            let _ = writeln!(source, "const {name}: u32 = {value}u;");
        }
        source.push_str(self.parameters);
        source.push_str("@group(0) @binding(0) var<uniform> params: Params;\n");
        let Buffers { weights, a, b, y } = self.buffers;
        let bindings = [(1, "read", weights), (2, "read", Some(a)), (3, "read", b), (4, "read_write", Some(y))];
        for (binding, access, buffer) in bindings {
            if let Some(buffer) = buffer {
                let _ = writeln!(source, "@group(0) @binding({binding}) var<storage, {access}> {buffer};");
            }
        }
        // Of the activations a kernel has its own alone: compilers of software adapters take long over functions that are inlined,
        // whatever is left of them.
        if let Some((_, activation)) = self.constants.iter().find(|(name, _)| *name == "ACTIVATION") {
            let expression = activation::wgsl(*activation);
            let _ = writeln!(source, "fn activate(x: vec4<f32>) -> vec4<f32> {{\n    return {expression};\n}}");
        }
        let files: Vec<SourceFile> = [PRELUDE].iter().chain(self.files).copied().collect();
        directives::expand(&files, &constants, &mut source)?;
        Ok(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(not(target_arch = "wasm32"))]
    use crate::kernels::{Variants, cases};

    #[test]
    fn the_prologue_declares_constants_parameters_and_bindings() {
        let shader = Shader {
            name: "test",
            parameters: "struct Params {\n    rows: u32,\n}\n",
            buffers: Buffers { weights: None, a: "x: array<f32>", b: None, y: "y: array<f32>" },
            constants: vec![("ROWS", 8)],
            files: &[],
        };
        let source = shader.wgsl().unwrap();
        let expected = "const ROWS: u32 = 8u;\nstruct Params {\n    rows: u32,\n}\n\
            @group(0) @binding(0) var<uniform> params: Params;\n\
            @group(0) @binding(2) var<storage, read> x: array<f32>;\n\
            @group(0) @binding(4) var<storage, read_write> y: array<f32>;\n";
        assert!(source.contains(expected), "{source}");
        assert!(source.starts_with("const WORKGROUP: u32 = 64u;\n"), "{source}");
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn every_kernel_is_valid_wgsl_in_every_variant() {
        use wgpu::naga::{front::wgsl, valid};

        // `unpack2x16float`, which every WebGPU device has.
        let capabilities = valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        let mut labels = std::collections::HashSet::new();
        for case in cases() {
            for variants in Variants::ALL {
                let shader = case.call.shader(variants);
                if !labels.insert(shader.label()) {
                    continue;
                }
                let source = shader.wgsl().unwrap();
                let module = wgsl::parse_str(&source)
                    .unwrap_or_else(|e| panic!("{}", e.emit_to_string_with_path(&source, &shader.label())));
                valid::Validator::new(valid::ValidationFlags::all(), capabilities)
                    .validate(&module)
                    .unwrap_or_else(|e| panic!("{}", e.emit_to_string_with_path(&source, &shader.label())));
            }
        }
        assert!(labels.len() > 20, "found {} kernels", labels.len());
    }
}
