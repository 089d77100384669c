//! Every kernel against its CPU twin: natively on whatever adapter there is, and in the browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]

use twinlens::engine::gpu::Gpu;
use twinlens::kernels::vector::InstructionSet;
use twinlens::kernels::{Case, Form, Scratch, Variants, cases};

/// Runs every case; the error says which kernel disagrees with its twin.
async fn all_kernels_agree() -> Result<usize, String> {
    let gpu = Gpu::open().await.map_err(|e| format!("skipped: {e}"))?;
    for (i, case) in cases().iter().enumerate() {
        for variants in Variants::ALL {
            let failed = |e| format!("case {i}, {:?} as {variants:?}: {e}", case.call);
            gpu.check(case, variants).await.map_err(failed)?;
        }
    }
    Ok(cases().len())
}

/// What the CPU engine makes of a case with codes of 13 bits; `None` for kernels that have no other form there.
fn on_the_cpu(case: &Case, set: InstructionSet) -> Option<Vec<f32>> {
    let layer = case.call.layer(&case.weights, Form::floats(set))?;
    let mut found = vec![0.0; case.len];
    let residual = (!case.b.is_empty()).then_some(case.b.as_slice());
    layer.run(case.call.rows() as usize, &case.a, residual, &mut found, &mut Scratch::default());
    Some(found)
}

/// The vector unit's arithmetic against the twins, as far as rounding activations to 13 bits and int4 weights to int8 allows.
fn vector_units_agree() -> usize {
    let mut compared = 0;
    for set in InstructionSet::available().into_iter().filter(|set| set.code_bytes() == 2) {
        for case in cases() {
            let Some(found) = on_the_cpu(&case, set) else { continue };
            for (i, (found, expected)) in found.iter().zip(case.expected()).enumerate() {
                let near = (found - expected).abs() <= 0.01 * expected.abs().max(1.0);
                assert!(near, "{:?} on {set:?}, value {i}: expected {expected}, found {found}", case.call);
            }
            compared += 1;
        }
    }
    compared
}

/// A device that was given up says so instead of giving stale numbers.
async fn a_lost_device_is_an_error() -> Result<(), String> {
    let gpu = Gpu::open().await.map_err(|e| format!("skipped: {e}"))?;
    gpu.destroy();
    match gpu.self_test().await {
        Ok(()) => Err("expected an error from a lost device, found agreement".into()),
        Err(_) => Ok(()),
    }
}

/// Tuning ends, and does not choose a kernel with barriers where these are known to be slow.
async fn tuning_chooses_a_variant_without_barriers_on_a_software_adapter() -> Result<(), String> {
    let gpu = Gpu::open().await.map_err(|e| format!("skipped: {e}"))?;
    let tuning = gpu.measure().await.map_err(|e| e.to_string())?;
    match gpu.is_software() && tuning.titles.linear.has_barriers() {
        true => Err(format!("expected a kernel without barriers on a software adapter, found {tuning:?}")),
        false => Ok(()),
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    fn settle<T>(result: Result<T, String>) {
        match result {
            Err(message) if message.starts_with("skipped") => println!("{message}"),
            Err(message) => panic!("{message}"),
            Ok(_) => {}
        }
    }

    #[test]
    fn every_kernel_agrees_with_its_twin() {
        settle(pollster::block_on(super::all_kernels_agree()));
    }

    #[test]
    fn every_vector_unit_agrees_with_the_twins() {
        assert!(super::vector_units_agree() > 8);
    }

    #[test]
    fn tuning_chooses_a_variant_without_barriers_on_a_software_adapter() {
        settle(pollster::block_on(super::tuning_chooses_a_variant_without_barriers_on_a_software_adapter()));
    }

    #[test]
    fn a_lost_device_is_an_error() {
        settle(pollster::block_on(super::a_lost_device_is_an_error()));
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use twinlens::kernels::vector::InstructionSet;
    use wasm_bindgen_test::wasm_bindgen_test;

    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    // webdriver.json gives the browser a software adapter: here nothing may be skipped.
    #[wasm_bindgen_test]
    async fn every_kernel_agrees_with_its_twin() {
        assert!(super::all_kernels_agree().await.unwrap() > 20);
    }

    #[wasm_bindgen_test]
    fn every_vector_unit_agrees_with_the_twins() {
        // WebAssembly's own.
        assert_eq!(InstructionSet::available().len(), 1);
        assert!(super::vector_units_agree() > 8);
    }

    #[wasm_bindgen_test]
    async fn tuning_chooses_a_variant_without_barriers_on_a_software_adapter() {
        super::tuning_chooses_a_variant_without_barriers_on_a_software_adapter().await.unwrap();
    }

    #[wasm_bindgen_test]
    async fn a_lost_device_is_an_error() {
        super::a_lost_device_is_an_error().await.unwrap();
    }
}
