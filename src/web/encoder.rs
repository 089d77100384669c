//! An encoder between its download and the matcher, and the device that is opened for the first of them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::packs::Packs;
use crate::encoder::Identity;
use crate::engine::gpu::Tuned;
use crate::engine::{Device, Preference};
use crate::matching::{NO_DEVICE, Prepared};
use crate::{Error, Result};

/// An encoder that is laid out, to be attached.
#[wasm_bindgen]
pub struct WebEncoder {
    pub(super) prepared: Prepared,
}

/// The device that was asked for, which is opened once.
pub struct Opening {
    preference: Preference,
    /// What an earlier load found out about the adapter.
    tuned: RefCell<Option<Tuned>>,
    device: RefCell<Option<Result<Device>>>,
    /// Settles once `device` is there.
    opened: RefCell<Option<js_sys::Promise>>,
}

impl Opening {
    pub fn new(preference: Preference, tuned: Option<Tuned>) -> Rc<Self> {
        let (device, opened) = (RefCell::new(None), RefCell::new(None));
        Rc::new(Opening { preference, tuned: RefCell::new(tuned), device, opened })
    }

    /// The device; whoever comes first opens it.
    async fn device(self: &Rc<Self>) -> Result<Device> {
        let open = || {
            let opening = self.clone();
            future_to_promise(async move {
                let device = Device::connect(opening.preference, opening.tuned.take()).await;
                *opening.device.borrow_mut() = Some(device);
                Ok(JsValue::UNDEFINED)
            })
        };
        let opened = self.opened.borrow_mut().get_or_insert_with(open).clone();
        // It never rejects.
        let _ = JsFuture::from(opened).await;
        let none = || Err(Error::Device { expected: "a device".into(), found: "none".into() });
        self.device.borrow().clone().unwrap_or_else(none)
    }
}

/// Takes an encoder in and lays it out on the device of the others: on `current`, once there is one.
pub async fn prepare(packs: &Packs, identity: Identity, opening: &Rc<Opening>, current: Device) -> Result<WebEncoder> {
    // The request goes out first: the device is opened meanwhile.
    let started = Cell::new(Some(packs.start(&identity)));
    let device = match current {
        _ if identity.preliminary => NO_DEVICE,
        Device::Cpu { reason: None } => opening.device().await?,
        current => current,
    };
    let load = async |device: &Device| {
        let fetch = started.take().unwrap_or_else(|| {
            packs.source.restart();
            packs.start(&identity)
        });
        packs.finish(fetch, &identity, device).await
    };
    Ok(WebEncoder { prepared: Prepared::new(identity.clone(), &device, load).await? })
}

/// The same on the CPU, for an encoder that is small and runs there whatever device the others have.
pub async fn prepare_small(packs: &Packs, identity: &Identity, fetch: super::fetch::Fetch) -> Result<Prepared> {
    let started = Cell::new(Some(fetch));
    let load = async |device: &Device| {
        let fetch = started.take().unwrap_or_else(|| packs.start(identity));
        packs.finish(fetch, identity, device).await
    };
    Prepared::new(identity.clone(), &NO_DEVICE, load).await
}
