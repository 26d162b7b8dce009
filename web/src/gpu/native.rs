//! The same as `browser` for native tests, in which the shaders run on a Vulkan driver.

use std::sync::mpsc;

use wgpu::{Adapter, Buffer, Device, MapMode, PollType};

/// Whether the first `bytes` bytes of a buffer can be read, once everything that was submitted is done. Blocks until then.
pub async fn mapped(device: &Device, buffer: &Buffer, bytes: u64) -> bool {
    let (sender, answer) = mpsc::channel();
    buffer.map_async(MapMode::Read, ..bytes, move |result| {
        // Nobody waits any more: then nobody needs to know.
        let _ = sender.send(result.is_ok());
    });
    device.poll(PollType::wait_indefinitely()).is_ok() && answer.try_recv() == Ok(true)
}

/// What the driver calls it.
pub async fn name(adapter: &Adapter) -> String {
    adapter.get_info().name
}

/// The result of `work`; a test may take as long as it does.
pub async fn within<T>(_milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
    Some(work.await)
}
