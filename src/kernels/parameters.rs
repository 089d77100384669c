//! A kernel's parameters, declared once for Rust and for WGSL.

/// Declares a kernel's parameters: the Rust struct, and as its `WGSL` the same struct in the shader's language. Fields are
/// `u32` or `f32`, which both languages lay out alike without padding.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ident,)+ }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl $name {
            /// The declaration in WGSL.
            pub const WGSL: &'static str =
                concat!("struct ", stringify!($name), " {\n", $("    ", stringify!($field), ": ", stringify!($type), ",\n",)+ "}\n");
        }
    };
}

pub(crate) use parameters;

#[cfg(test)]
mod tests {
    parameters! {
        /// For the test.
        pub struct Params {
            /// Rows.
            pub rows: u32,
            pub epsilon: f32,
        }
    }

    #[test]
    fn parameters_have_the_same_fields_in_wgsl() {
        assert_eq!(Params::WGSL, "struct Params {\n    rows: u32,\n    epsilon: f32,\n}\n");
        assert_eq!(size_of::<Params>(), 8);
    }
}
