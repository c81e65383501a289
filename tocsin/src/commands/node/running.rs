//! `tocsin node run`: the link, the uplink, the jobs and the pages of one node in one process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use node::Node;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use web::{VerdictSource, WebSettings};

use super::verdicts::FolderVerdicts;
use crate::exit_code::{self, Code};
use crate::passphrase;

/// How long threads that still wait for the parent may take to notice the end. They hold nothing that could be lost.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the node until SIGINT or SIGTERM. Killing it at any moment loses nothing that it has acknowledged.
pub fn run(node: &Node, until_stdin_closes: bool) -> anyhow::Result<Code> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(serve(node, until_stdin_closes));
    runtime.shutdown_timeout(FAREWELL);
    outcome.map(|()| exit_code::DONE)
}

/// Sets the password of the pages.
pub fn set_password(node: &Node, file: Option<&Path>) -> anyhow::Result<Code> {
    let password = passphrase::read(file, "the pages (at least 8 characters)")?;
    web::set_admin_password(node, &password).context("could not set the password")?;
    Ok(exit_code::DONE)
}

async fn serve(node: &Node, until_stdin_closes: bool) -> anyhow::Result<()> {
    let _websites = crate::wiring::websites::follow(node).context("could not follow the watch")?;
    let (stop, stopping) = watch::channel(false);
    let stopped = |mut stopping: watch::Receiver<bool>| async move {
        // The sender lives as long as this function, so this ends only when it says so.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let pages = web::serve(
        node.clone(),
        WebSettings {
            public_host: node.config().web_public_host.clone(),
            verdicts: node.config().watch.as_ref().map(|watch| {
                let folder = watch.folder.clone();
                Arc::new(FolderVerdicts::of_folder(folder)) as Arc<dyn VerdictSource>
            }),
            ..WebSettings::default()
        },
        node.config().web_address,
        stopped(stopping.clone()),
    );
    let life = node::run(node.clone(), stopped(stopping));
    println!("http://{}/", node.config().web_address);
    let ending = async {
        wished_to_end(until_stdin_closes).await?;
        stop.send_replace(true);
        Ok::<(), anyhow::Error>(())
    };
    let pages = async { pages.await.context("could not serve the pages") };
    let life = async { life.await.context("could not run the node") };
    tokio::try_join!(pages, life, ending)?;
    Ok(())
}

async fn wished_to_end(until_stdin_closes: bool) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let closed = crate::wiring::interrupt::stdin_closed(until_stdin_closes);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = closed => {}
    }
    Ok(())
}
