//! Ctrl-C and the wish of a service manager, as something that can be waited for. The first one asks the program to end
//! in good order; the second one ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit_code;

/// Whether somebody wants the program to end.
#[derive(Clone, Default)]
pub struct Interrupted {
    state: Arc<(Mutex<bool>, Condvar)>,
}

/// Begins to watch for SIGINT and SIGTERM, in a thread of its own.
pub fn watch() -> anyhow::Result<Interrupted> {
    let interrupted = Interrupted::default();
    let told = interrupted.clone();
    on_interrupt(move || told.tell())?;
    Ok(interrupted)
}

/// Begins to watch for SIGINT and SIGTERM, and returns a flag that the first one sets, after calling `tell`.
pub fn flag(tell: impl FnOnce() + Send + 'static) -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    on_interrupt(move || {
        set.store(true, Ordering::Relaxed);
        tell();
    })?;
    Ok(flag)
}

/// Has SIGINT do nothing to this process: whoever started it says what follows.
pub fn leave_to_others() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut interrupt = {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt())?
    };
    std::thread::spawn(move || {
        runtime.block_on(async { while interrupt.recv().await.is_some() {} });
    });
    Ok(())
}

fn on_interrupt(first: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Registered before this returns: no signal after it meets the default action.
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(either(&mut interrupt, &mut terminate));
        first();
        runtime.block_on(either(&mut interrupt, &mut terminate));
        std::process::exit(exit_code::COULD_NOT_RUN.number());
    });
    Ok(())
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

impl Interrupted {
    /// Says that the program is to end.
    pub fn tell(&self) {
        let (state, condition) = &*self.state;
        *state.lock().unwrap_or_else(PoisonError::into_inner) = true;
        condition.notify_all();
    }

    /// Tells whether somebody wants the program to end.
    pub fn is_told(&self) -> bool {
        *self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
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
