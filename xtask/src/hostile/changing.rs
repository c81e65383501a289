//! Files that change while they are swept.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Bytes that a file grows to before it begins again.
const BYTES_MAX: usize = 1 << 20;

/// Changes files until it is dropped.
pub struct Changing {
    stop: Arc<AtomicBool>,
    writer: Option<JoinHandle<()>>,
}

impl Changing {
    /// Begins to change files in this folder.
    pub fn begin(folder: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, folder) = (Arc::clone(&stop), folder.to_owned());
        let writer = std::thread::spawn(move || {
            let mut turn = 0_usize;
            while !stopped.load(Ordering::Relaxed) {
                let file = folder.join((turn % 10).to_string());
                // Nothing depends on any one of these; a file may be gone as planned.
                let _ = fs_err::write(&file, vec![b'x'; turn * 4_096 % BYTES_MAX]);
                let _ = fs_err::rename(&file, folder.join((turn % 7).to_string()));
                turn += 1;
            }
        });
        Self {
            stop,
            writer: Some(writer),
        }
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}
