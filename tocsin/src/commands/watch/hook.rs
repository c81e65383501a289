//! A program of somebody's own that is started for each alarm, with the alarm on its standard input: a gateway for short
//! messages, a telephone system. Bounded: it may take so long, and so many alarms wait for it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel,
};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Alarms that wait for the program; further ones are told as not handed on.
const WAITING_MAX: usize = 1_000;
/// How long the program may take for one alarm; then it is ended.
const LASTS_MAX: Duration = Duration::from_secs(30);
/// From one look at whether it has ended to the next.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Starts a program for each alarm, one after the other.
pub struct Hook {
    alarms: Option<SyncSender<String>>,
    problems: Receiver<String>,
    worker: Option<JoinHandle<()>>,
}

impl Hook {
    /// Begins; nothing is started before the first alarm.
    pub fn new(program: &Path) -> Self {
        let (alarms, waiting) = sync_channel::<String>(WAITING_MAX);
        let (tell, problems) = channel();
        let program = program.to_owned();
        let worker = std::thread::spawn(move || {
            for alarm in waiting {
                if let Err(problem) = start(&program, &alarm) {
                    let program = program.display();
                    let _ = tell.send(format!("hand an alarm to '{program}': {problem}"));
                }
            }
        });
        Self {
            alarms: Some(alarms),
            problems,
            worker: Some(worker),
        }
    }

    /// Hands an alarm on, a line of JSON.
    pub fn tell(&self, alarm: String) -> Result<(), String> {
        let Some(alarms) = &self.alarms else {
            return Ok(());
        };
        alarms.try_send(alarm).map_err(|error| match error {
            TrySendError::Full(_) => format!("hand an alarm on: {WAITING_MAX} wait already"),
            TrySendError::Disconnected(_) => "hand an alarm on: nobody takes it".to_owned(),
        })
    }

    /// Returns what went wrong since it was asked last.
    pub fn problems(&self) -> Vec<String> {
        self.problems.try_iter().collect()
    }
}

impl Drop for Hook {
    /// Waits for the alarms that are not handed on yet: they are the reason for everything else.
    fn drop(&mut self) {
        self.alarms = None;
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

fn start(program: &Path, alarm: &str) -> Result<(), String> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        let line = format!("{alarm}\n");
        // A program that reads nothing must not stop the watch: what waits in the pipe is not waited for.
        std::thread::spawn(move || stdin.write_all(line.as_bytes()));
    }
    wait(&mut child)
}

fn wait(child: &mut Child) -> Result<(), String> {
    let (_keep, never) = channel::<()>();
    let until = Instant::now() + LASTS_MAX;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("it ended with {status}")),
            None if Instant::now() > until => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took longer than {} s", LASTS_MAX.as_secs()));
            }
            None => match never.recv_timeout(LOOK_EVERY) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err("it was lost".to_owned()),
            },
        }
    }
}
