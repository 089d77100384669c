//! Every kernel against its CPU twin: natively on whatever adapter there is, and in the browser.

use twinlens::engine::gpu::Gpu;
use twinlens::kernels::Variants;
use twinlens::kernels::cases::cases;

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

/// A device that was given up says so instead of giving stale numbers.
async fn a_lost_device_is_an_error() -> Result<(), String> {
    let gpu = Gpu::open().await.map_err(|e| format!("skipped: {e}"))?;
    gpu.destroy();
    match gpu.self_test().await {
        Ok(()) => Err("expected an error from a lost device, found agreement".into()),
        Err(_) => Ok(()),
    }
}

/// A race ends, and where threads that wait for each other are slow it is not they who win.
async fn a_race_has_a_winner() -> Result<(), String> {
    let gpu = Gpu::open().await.map_err(|e| format!("skipped: {e}"))?;
    let tuning = gpu.race().await.map_err(|e| e.to_string())?;
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
    fn a_race_has_a_winner() {
        settle(pollster::block_on(super::a_race_has_a_winner()));
    }

    #[test]
    fn a_lost_device_is_an_error() {
        settle(pollster::block_on(super::a_lost_device_is_an_error()));
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen_test::wasm_bindgen_test;

    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    // webdriver.json gives the browser a software adapter: here nothing may be skipped.
    #[wasm_bindgen_test]
    async fn every_kernel_agrees_with_its_twin() {
        assert!(super::all_kernels_agree().await.unwrap() > 20);
    }

    #[wasm_bindgen_test]
    async fn a_race_has_a_winner() {
        super::a_race_has_a_winner().await.unwrap();
    }

    #[wasm_bindgen_test]
    async fn a_lost_device_is_an_error() {
        super::a_lost_device_is_an_error().await.unwrap();
    }
}
