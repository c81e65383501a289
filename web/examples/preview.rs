//! Serves the pages with a picture made up, to look at them: `cargo run -p web --example preview`.
//!
//! Prints the address, the password and the link of a form. One more host is swept every few seconds.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::sync::Arc;
use std::time::Duration;

use sample::{Evidence, PASSWORD, SECRET, Sample, alert_id};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let board = Arc::new(Sample::new());
    let listener = TcpListener::bind("127.0.0.1:8238").await?;
    println!("http://{}/  password: {PASSWORD}", listener.local_addr()?);
    println!("http://{}/form/{SECRET}", listener.local_addr()?);
    tokio::spawn(sweep_slowly(board.clone()));
    let never = std::future::pending();
    let settings = web::WebSettings {
        verdicts: Some(Arc::new(Evidence)),
        ..web::WebSettings::default()
    };
    web::serve_on(listener, board, settings, never).await;
    Ok(())
}

async fn sweep_slowly(board: Arc<Sample>) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        board.change(|state| {
            let picture = state
                .pictures
                .iter_mut()
                .find(|picture| picture.id == alert_id(0));
            let rows = picture
                .into_iter()
                .flat_map(|picture| &mut picture.organisations);
            for hosts in rows.filter_map(|row| row.status.hosts.as_mut()) {
                let swept = hosts.pending.min(1);
                hosts.pending -= swept;
                hosts.complete += swept;
            }
            state.add_up();
        });
    }
}
