//! Ctrl-C and the wish of a service manager, as something that can be waited for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// Whether somebody wants the program to end.
#[derive(Clone, Default)]
pub struct Interrupted {
    state: Arc<(Mutex<bool>, Condvar)>,
}

/// Begins to watch for SIGINT and SIGTERM, in a thread of its own.
pub fn watch() -> anyhow::Result<Interrupted> {
    let interrupted = Interrupted::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let told = interrupted.clone();
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        told.tell();
    });
    Ok(interrupted)
}

impl Interrupted {
    /// Says that the program is to end.
    pub fn tell(&self) {
        let (state, condition) = &*self.state;
        *state.lock().unwrap_or_else(PoisonError::into_inner) = true;
        condition.notify_all();
    }

    /// Waits until somebody wants the program to end.
    pub fn wait(&self) {
        let (state, condition) = &*self.state;
        let guard = state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(
            condition
                .wait_while(guard, |told| !*told)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Waits for `time` at most, and tells whether somebody wants the program to end.
    pub fn wait_for(&self, time: Duration) -> bool {
        let (state, condition) = &*self.state;
        let guard = state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = condition.wait_timeout_while(guard, time, |told| !*told);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Is ready once standard input is closed, if that is asked for; otherwise never.
pub async fn stdin_closed(asked: bool) {
    if !asked {
        return std::future::pending().await;
    }
    let (closed, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        wait_for_end_of_stdin();
        let _ = closed.send(());
    });
    let _ = told.await;
}

/// Returns once standard input is closed.
pub fn wait_for_end_of_stdin() {
    // An error is an end too: there is nobody at the other end any more.
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
}
