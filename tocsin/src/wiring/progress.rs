//! The progress line of a sweep: what is done, what is left and how long it will take. Only at a terminal.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use domain::Language;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sweep::{Paused, Progress, ProgressNow};
use texts::Texts;

/// Parts of the whole, so that the bar moves smoothly.
const STEPS: u64 = 1_000;
/// Below this part of the whole, the time left would be a guess.
const FRACTION_MIN: f64 = 0.02;

/// Draws the line on standard error; draws nothing where that is not a terminal.
#[derive(Clone)]
pub struct ProgressLine {
    bar: ProgressBar,
    began: Instant,
    language: Language,
}

impl ProgressLine {
    /// Makes the line.
    pub fn new(language: Language) -> Self {
        let shown = std::io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(STEPS), target);
        let style = ProgressStyle::with_template("{bar:12.cyan/dim} {percent:>3}%  {wide_msg}")
            .expect("the template is valid");
        bar.set_style(style);
        Self {
            bar,
            began: Instant::now(),
            language,
        }
    }

    /// Says something above the line, on standard error.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// Takes the line away, so that the report stands alone.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for ProgressLine {
    fn pause(&self, paused: Option<Paused>) {
        let key = match paused {
            // The next piece of work says how far it is.
            None => return,
            Some(Paused::Asked) => "progress-paused",
            Some(Paused::OnBattery) => "progress-paused-on-battery",
            Some(Paused::UnderPressure) => "progress-paused-under-pressure",
        };
        self.bar.set_message(Texts::of(self.language).text(key));
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a progress bar needs no more precision, and the fraction is between 0 and 1"
    )]
    fn update(&self, now: &ProgressNow) {
        let fraction = now.fraction_done.clamp(0.0, 1.0);
        self.bar.set_position((fraction * STEPS as f64) as u64);
        let texts = Texts::of(self.language);
        let items = now.item_count.into();
        let bytes = texts::byte_size(now.read_bytes, self.language).into();
        self.bar.set_message(if fraction < FRACTION_MIN {
            texts.text_with("progress-counting", &[("items", items), ("bytes", bytes)])
        } else {
            let spent = self.began.elapsed().as_secs_f64();
            let left = Duration::from_secs_f64(spent * (1.0 - fraction) / fraction);
            let left = if left.as_secs() < 60 {
                format!("{} s", left.as_secs() + 1)
            } else {
                format!("{} min", left.as_secs() / 60 + 1)
            };
            let estimated = now.item_count_estimated.max(now.item_count).into();
            let values = [
                ("items", items),
                ("estimated", estimated),
                ("bytes", bytes),
                ("left", left.into()),
            ];
            texts.text_with("progress-of", &values)
        });
    }
}
